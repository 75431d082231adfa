// `npm run verify-vault`: writes, reads and removes a probe secret through a Strongroom that runs, to see that its
// default store does what it should. Everything that it makes has a name of its own and is taken away again.
import { randomBytes } from "node:crypto"
import { pathToFileURL } from "node:url"

/**
 * Goes the whole way, with a line for each step by `say`. Throws at the first thing that isn't as it should be.
 *
 * @param {object} with
 * @param {string} with.url where Strongroom is
 * @param {string} with.token a personal token of somebody who may delegate at the scope, from a fresh sign-in
 * @param {string} [with.scope] whose default store is tried: the token's organization otherwise
 * @param {(line: string) => void} with.say
 */
export async function verifyVault({ url, token, scope, say }) {
  const person = client(url, token)
  const at = `scopes/${scope ?? (await organizationOf(person))}`
  const store = await defaultStore(person, at)
  say(`New secrets of ${at.slice("scopes/".length)} go to "${store.name}" (${store.kind}) at ${store.target}.`)

  const name = `verify-${randomBytes(5).toString("hex")}`
  const secret = `${at}/vaults/${name}/secrets/PROBE`
  const account = `${at}/service-accounts/${name}`
  const undo = []
  try {
    await person("POST", `${at}/vaults`, { name, description: "A probe of verify-vault, which takes it away again" })
    undo.unshift(() => person("DELETE", `${at}/vaults/${name}`))
    const values = [probe(), probe()]
    undo.unshift(() => person("POST", `${secret}/destroy`, { confirm: "PROBE" }))
    const written = await person("POST", `${at}/vaults/${name}/secrets`, { name: "PROBE", value: values[0] })
    if (written.secret.provider.name !== store.name) throw new Error(`It went to "${written.secret.provider.name}".`)
    say(`Written, as version ${written.version.number}, at ${written.secret.keptAt}.`)

    await person("POST", `${at}/service-accounts`, { name })
    undo.unshift(() => person("DELETE", account))
    await person("POST", `${account}/grants`, { access: "read", vault: name })
    const issued = await person("POST", `${account}/tokens`, { name: "probe", expiresInDays: 1 })
    const machine = client(url, issued.token)
    await expectValue(machine, name, values[0])
    say("Read by a machine.")

    const changed = await person("POST", `${secret}/versions`, { value: values[1] })
    await expectValue(machine, name, values[1])
    say(`Changed, and read as version ${changed.version.number}.`)
  } finally {
    await takeAway(undo, say)
  }
  const gone = await person.status("GET", secret)
  if (gone !== 404) throw new Error(`The probe should be gone, and asking for it was answered ${gone}.`)
  say("Destroyed, with all that was made for it.")
}

/** What can't be taken away is said and left: what went wrong before it matters more. */
async function takeAway(undo, say) {
  for (const step of undo) {
    await step().catch((error) => say(`Not taken away: ${error.message}`))
  }
}

async function organizationOf(person) {
  const { organization } = await person("GET", "me")
  return organization.path
}

async function defaultStore(person, at) {
  const { items } = await person("GET", `${at}/providers`)
  const store = items.find((provider) => provider.isDefault)
  if (store === undefined || store.scope === null) {
    throw new Error(
      "New secrets go to the built-in store. Register your Vault and make it the default, or name a scope whose " +
        "default it is in STRONGROOM_SCOPE.",
    )
  }
  if (store.canWrite && store.status === "up") return store
  throw new Error(`"${store.name}" is ${store.status}${store.canWrite ? "" : " and can't write"}. See its page.`)
}

async function expectValue(machine, vault, expected) {
  const { value } = await machine("GET", `vaults/${vault}/secrets/PROBE/value`)
  if (value !== expected) throw new Error("The machine read another value than the one that was written.")
}

/** Text that a careless store would change: spaces at the ends, a line break, characters beyond ASCII. */
function probe() {
  return ` ${randomBytes(12).toString("base64")} é\n`
}

/** Calls the API; `status` answers the status alone. */
function client(url, token) {
  const ask = (method, path, body) =>
    fetch(new URL(`/api/v1/${path}`, url), {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
      redirect: "error",
    })
  const call = async (method, path, body) => {
    const response = await ask(method, path, body)
    const answer = await response.json()
    if (response.ok) return answer
    const { message, fields } = answer.error
    throw new Error(fields?.signIn === undefined ? message : `${message} Sign in again and make a new personal token.`)
  }
  return Object.assign(call, { status: async (method, path) => (await ask(method, path)).status })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run()

async function run() {
  const { STRONGROOM_TOKEN: token, STRONGROOM_SCOPE: scope, PUBLIC_URL, PORT = "3000" } = process.env
  const url = process.env.STRONGROOM_URL ?? PUBLIC_URL ?? `http://localhost:${PORT}`
  try {
    if (token === undefined) {
      throw new Error(
        `Set STRONGROOM_TOKEN to a personal token that you made just now at ${url} (Profile, Personal tokens), ` +
          "and STRONGROOM_URL where Strongroom is elsewhere.",
      )
    }
    await verifyVault({ url, token, scope, say: (line) => console.log(line) })
  } catch (error) {
    const isUnreachable = error instanceof TypeError && error.cause !== undefined
    console.error(isUnreachable ? `No Strongroom answers at ${url}. Is it running?` : error.message)
    process.exitCode = 1
  }
}
