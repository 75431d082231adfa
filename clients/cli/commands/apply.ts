import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { type Api, open, scopeFor } from "../connection.ts"
import { type Manifest, manifestOptions, readManifests } from "../manifest.ts"
import { note, plain } from "../output.ts"
import { allItems } from "../pages.ts"
import { openPrompter } from "../prompt.ts"

export const apply = command({
  words: [],
  options: {
    ...scopeOption,
    ...manifestOptions,
    "plan-only": { type: "boolean", about: "say what would change, and change nothing" },
    yes: { type: "boolean", short: "y", about: "don't ask before changing it" },
  },
  about:
    "Makes the vaults that programs declare, and says of each secret what its declaration says: description, category, and\nhow old it may be. The plan is shown first. Values are never touched: for a secret that isn't there yet, the plan has\nthe command that makes it.",
  run: async (options) => {
    const manifests = await readManifests(options.file)
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const steps = await planOf(connection.api, scope, manifests)
    const changes = steps.filter(({ act }) => act !== undefined)
    for (const { text } of steps) note(plain(text))
    const json = { scope, steps: steps.map(({ kind, text }) => ({ kind, text })) }
    if (changes.length === 0) return { kind: "said", text: "There is nothing to change.", json }
    if (options["plan-only"]) return { kind: "said", text: "Nothing was changed.", json }
    await agree(options.yes, scope)
    for (const { act } of changes) await act?.(connection.api)
    return { kind: "said", text: `${changes.length} of ${changes.length} made.`, json }
  },
})

interface Step {
  kind: "make vault" | "change secret" | "missing secret"
  text: string
  /** Undefined for what people have to do. */
  act?: (api: Api) => Promise<unknown>
}

async function agree(yes: boolean, scope: string): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY)
    throw new StrongroomError("invalid", "Nothing was changed. To change it without being asked, say --yes.")
  using prompter = openPrompter()
  if (!(await prompter.confirm(`Change this at ${scope}?`)))
    throw new StrongroomError("conflict", "Nothing was changed.")
}

async function planOf(api: Api, scope: string, manifests: readonly Manifest[]): Promise<Step[]> {
  const vaults = await allItems((paging) => api.listVaults({ scope, ...paging }))
  const known = new Set(vaults.map(({ name }) => name))
  const steps: Step[] = []
  for (const { vault, secrets } of manifests) {
    if (!known.has(vault)) steps.push(makeVault(scope, vault))
    known.add(vault)
    const there = vaults.some(({ name }) => name === vault)
      ? await secretsOf(api, scope, vault)
      : new Map<string, Known>()
    for (const [name, declared] of Object.entries(secrets)) {
      steps.push(...stepsFor({ scope, vault, secret: name }, declared, there.get(name.toLowerCase())))
    }
  }
  return steps
}

type Known = Awaited<ReturnType<Api["listSecrets"]>>["items"][number]

async function secretsOf(api: Api, scope: string, vault: string): Promise<ReadonlyMap<string, Known>> {
  const found = await allItems((paging) => api.listSecrets({ scope, vault, ...paging }))
  return new Map(found.map((secret) => [secret.name.toLowerCase(), secret]))
}

function makeVault(scope: string, name: string): Step {
  return { kind: "make vault", text: `+ vault ${name} at ${scope}`, act: (api) => api.createVault({ scope, name }) }
}

function stepsFor(
  at: { scope: string; vault: string; secret: string },
  { description, category, maxAgeDays, required }: Manifest["secrets"][string],
  there: Known | undefined,
): Step[] {
  const { scope, vault, secret } = at
  if (there === undefined) {
    const make = `strongroom secret create --scope ${scope} --vault-name ${vault} --name ${secret}`
    const need = required === false ? "isn't there, and doesn't have to be" : "isn't there"
    return [{ kind: "missing secret", text: `! ${vault}/${secret} ${need}: ${make}` }]
  }
  const change = {
    ...(description !== there.description && { description }),
    ...(category !== undefined && category !== there.category && { category }),
    ...(maxAgeDays !== undefined && maxAgeDays !== there.rotationDays && { rotationDays: maxAgeDays }),
  }
  if (Object.keys(change).length === 0) return []
  const told = Object.entries(change).map(([name, value]) => `${name}: ${String(value)}`)
  return [
    {
      kind: "change secret",
      text: `~ ${vault}/${secret}  ${told.join(", ")}`,
      act: (api) => api.changeSecret({ ...at, ...change }),
    },
  ]
}
