import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { aRunningProduct, type RunningProduct } from "../../lib/acceptance/a-running-product.ts"
import {
  aCommandLine,
  type CommandAsking,
  type CommandEnd,
  type CommandLine,
} from "../../lib/testing/a-command-line.ts"
import { aKvV2Mount, sharedOpenBao } from "../../lib/testing/shared-openbao.ts"

/** What a person does with the command line, against a running product. */
let product: RunningProduct
let cli: CommandLine
let personal: string
let machine: string

beforeAll(async () => {
  cli = await aCommandLine()
  product = await aRunningProduct()
  const acme = await product.house.organization("acme")
  const owner = await product.house.person(acme, { role: "owner", at: "acme", name: "Alice" })
  const made = await product.house.call("createPersonalToken", owner, { name: "laptop" })
  personal = made.token ?? ""
  const account = await product.house.machine(acme, {
    at: "acme.payments.prod",
    name: "deploy",
    grants: [{ at: "acme.payments.prod" }],
  })
  machine = account.token
})
afterAll(async () => {
  await product[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})

function asPerson(args: readonly string[], asking: CommandAsking = {}): Promise<CommandEnd> {
  const env = { STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: personal, STRONGROOM_SCOPE: "acme.payments.prod" }
  return cli.run(args, { ...asking, env: { ...env, ...asking.env } })
}

function asMachine(args: readonly string[]): Promise<CommandEnd> {
  return cli.run(args, { env: { STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: machine } })
}

it("says who asks, and by which credential", async () => {
  const { code, stdout } = await asPerson(["whoami"])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^name: +Alice </m)
  expect(stdout).toMatch(/^credential: +The token in STRONGROOM_TOKEN$/m)
  expect(stdout).toMatch(/^roles: +owner of acme$/m)
  const { stdout: ofMachine } = await asMachine(["whoami", "--json"])
  expect(JSON.parse(ofMachine)).toMatchObject({ kind: "service_account", scope: "acme.payments.prod" })
})

it("makes a vault and a secret by the words that people know", async () => {
  expect(await asPerson(["secret", "vault", "create", "words"])).toMatchObject({
    code: 0,
    stdout: "The vault words is at acme.payments.prod now.\n",
  })
  const created = await asPerson([
    "secret",
    "create",
    "--vault-name",
    "words",
    "--name",
    "my-secret",
    "--value",
    "my-secret-value",
  ])
  expect(created).toMatchObject({ code: 0, stdout: "Version 1 of acme.payments.prod/words/my-secret is current.\n" })
  expect(created.stderr).toContain("shell's history")
  const again = await asPerson(["secret", "create", "--vault-name", "words", "--name", "my-secret"], { input: "x" })
  expect(again.code).toBe(5)
})

it("takes values byte for byte from a pipe, and says so of a line break", async () => {
  const input = Buffer.from([0, 255, 10])
  const bytes = await asPerson(["secret", "create", "--vault-name", "default", "--name", "BYTES"], { input })
  expect(bytes).toMatchObject({ code: 0, stderr: expect.stringContaining("--trim-newline") })
  const text = await asPerson(["secret", "create", "--vault-name", "default", "--name", "TEXT", "--trim-newline"], {
    input: "  text \n",
  })
  expect(text).toMatchObject({ code: 0, stderr: "" })
  const stored = await product.ask("POST", "/api/v1/vaults/default/values", {
    token: machine,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ names: ["BYTES", "TEXT"] }),
  })
  expect(JSON.parse(stored.body)).toMatchObject({
    values: { BYTES: { value: input.toString("base64"), encoding: "base64" }, TEXT: { value: "  text " } },
  })
})

it("writes, generates, rolls back, and tells the history", async () => {
  const at = "acme.payments.prod/default/LIFE"
  await asPerson(["secret", "create", "--vault-name", "default", "--name", "LIFE"], { input: "one" })
  expect(await asPerson(["secret", "set", at, "--note", "second"], { input: "two" })).toMatchObject({ code: 0 })
  expect(await asPerson(["secret", "set", at, "--expected-version", "1"], { input: "late" })).toMatchObject({ code: 5 })
  expect(await asPerson(["secret", "generate", "default/LIFE", "--length", "40"])).toMatchObject({
    stdout: `Version 3 of ${at} is current.\n`,
  })
  expect(
    await asPerson(["secret", "rollback", "--vault-name", "default", "--name", "LIFE", "--version", "1"]),
  ).toMatchObject({ stdout: `Version 4 of ${at} is current.\n` })
  const { stdout } = await asPerson(["secret", "history", `strongroom://${at}`])
  const lines = stdout.replace(/\n$/, "").split("\n")
  expect(lines.map((line) => line.split("\t").filter((_, index) => [0, 1, 4, 5].includes(index)))).toEqual([
    ["4", "current", "rolled_back from 1", ""],
    ["3", "enabled", "generated", ""],
    ["2", "enabled", "typed", "second"],
    ["1", "enabled", "typed", ""],
  ])
  expect((await asPerson(["secret", "describe", at])).stdout).toMatch(/^version: +4$/m)
})

it("disables, enables, deletes and restores", async () => {
  await asPerson(["secret", "create", "--vault-name", "default", "--name", "STATE"], { input: "one" })
  const states: string[] = []
  for (const verb of ["disable", "enable", "delete", "restore"]) {
    expect(await asPerson(["secret", verb, "default/STATE"])).toMatchObject({ code: 0 })
    const { stdout } = await asPerson(["secret", "describe", "default/STATE", "--json"])
    states.push((JSON.parse(stdout) as { state: string }).state)
  }
  expect(states).toEqual(["disabled", "active", "deleted", "active"])
})

it("imports a file, row by row", async () => {
  const input = `FIRST="one"\nexport SECOND='two'\nTEXT=other\nbad name=3\n`
  const args = ["secret", "import", "-", "--vault-name", "default", "--format", "env"]
  const plan = await asPerson([...args, "--dry-run", "--json"], { input })
  expect(plan.code).toBe(0)
  expect((JSON.parse(plan.stdout) as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual([
    "failed",
    "new",
    "new",
    "exists",
  ])
  const done = await asPerson(args, { input })
  expect(done.code).toBe(1)
  expect(done.stdout.split("\n").map((line) => line.split("\t").slice(0, 2).join(" "))).toEqual([
    "line 4 failed",
    "FIRST created",
    "SECOND created",
    "TEXT skipped",
    "",
  ])
})

it("lists scopes, vaults, secrets and providers", async () => {
  expect((await asPerson(["scope", "list"])).stdout).toContain("acme.payments.prod\tworkspace")
  await asPerson(["secret", "vault", "create", "listed", "--private"])
  await asPerson(["secret", "create", "--vault-name", "listed", "--name", "ONE"], { input: "one" })
  expect((await asPerson(["secret", "vault", "list"])).stdout).toContain("listed\t1\tprivate")
  expect((await asPerson(["secret", "list", "--vault-name", "listed", "--effective"])).stdout).toMatch(
    /^acme\.payments\.prod\/listed\/ONE\t1\t/,
  )
  expect((await asPerson(["provider", "list"])).stdout).toMatch(/^built-in\tlocal_encrypted\t\tup\tdefault/)
})

it("registers a backend by questions, after a live check, and by options", async () => {
  const server = await sharedOpenBao()
  await using place = await aKvV2Mount()
  const at = ["--scope", "acme.payments"]
  const answers = ["vault", "by-questions", server.plainAddress, place.mount, "", server.rootToken, ""].join("\n")
  const refused = await asPerson(["secrets", "register", ...at], { input: answers })
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining("--consent root_token") })
  const consents = ["plain_http", "development_server", "root_token"].flatMap((word) => ["--consent", word])
  const registered = await asPerson(["secrets", "register", ...at, ...consents], { input: answers })
  expect(registered).toMatchObject({ code: 0, stdout: expect.stringMatching(/^by-questions is registered\./) })
  expect(registered.stderr).not.toContain(server.rootToken)
  const settings = [`address=${server.plainAddress}`, `mount=${place.mount}`, "prefix=beneath"]
  const added = await asPerson(
    [
      ...[
        "provider",
        "add",
        ...at,
        "--kind",
        "vault",
        "--name",
        "by-options",
        ...consents,
        "--credential-file",
        "token=-",
      ],
      ...settings.flatMap((setting) => ["--setting", setting]),
    ],
    { input: `${server.rootToken}\n` },
  )
  expect(added).toMatchObject({ code: 0 })
  expect((await asPerson(["provider", "list", ...at])).stdout).toMatch(/^by-options\tvault\tacme\.payments\tup\t/m)
  expect(await asPerson(["provider", "check", "by-options", ...at])).toMatchObject({ code: 0 })
  const wrong = ["vault", "wrong", server.plainAddress, place.mount, "", "not-the-token", ""].join("\n")
  const failed = await asPerson(["secrets", "register", ...at, ...consents], { input: wrong })
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining("isn't registered") })
})

it("makes a service account, and lets it read", async () => {
  const at = ["--scope", "acme.payments"]
  expect(await asPerson(["account", "create", "ledger", ...at])).toMatchObject({ code: 0 })
  expect(
    await asPerson(["account", "grant", "ledger", ...at, "--at", "acme.payments.prod", "--vault-name", "words"]),
  ).toMatchObject({ code: 0, stdout: "ledger may read in the vault words of acme.payments.prod now.\n" })
  expect((await asPerson(["account", "list", ...at])).stdout).toMatch(/^ledger\t1\t0\t/)
  const { stdout: token } = await asPerson(["token", "issue", "ledger", ...at])
  const read = await cli.run(["read", "strongroom://acme.payments.prod/words/my-secret"], {
    env: { STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: token.trim() },
  })
  expect(read).toMatchObject({ code: 0, stdout: "my-secret-value" })
})

it("says what waits for a second person, and how it is found", async () => {
  const { house } = product
  const globex = await house.organization("globex")
  const [first] = [
    await house.person(globex, { role: "owner", at: "globex" }),
    await house.person(globex, { role: "owner", at: "globex" }),
  ]
  const { token = "" } = await house.call("createPersonalToken", first, { name: "laptop" })
  await house.call("createServiceAccount", first, { scope: "globex", name: "ledger" })
  await house.call("changeScope", first, { scope: "globex", protection: "two_people" })
  const waits = await asPerson(["account", "grant", "ledger", "--scope", "globex"], {
    env: { STRONGROOM_TOKEN: token },
  })
  expect(waits).toMatchObject({
    code: 7,
    stdout: "",
    stderr: expect.stringMatching(/ waits as: [0-9a-f-]{36} at globex/),
  })
})

it("issues a token of a service account, lists it and revokes it", async () => {
  const issued = await asPerson(["token", "issue", "deploy", "--name", "ci", "--expires-in-days", "7"])
  expect(issued.stdout).toMatch(/^srm_sat_\w+\n$/)
  const { stdout } = await asPerson(["token", "list", "deploy"])
  const prefix =
    stdout
      .split("\n")
      .find((line) => line.includes("\tci\t"))
      ?.split("\t")[0] ?? ""
  expect(issued.stdout).toContain(prefix)
  expect(await asPerson(["token", "revoke", "deploy", prefix])).toMatchObject({ code: 0 })
  const after = await cli.run(["whoami"], {
    env: { STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: issued.stdout.trim() },
  })
  expect(after).toMatchObject({ code: 3, stderr: expect.stringContaining("the token in STRONGROOM_TOKEN") })
})

it("keeps a login for one address, in a file that its owner alone may read, and forgets it", async () => {
  const nobody = { STRONGROOM_URL: product.origin }
  expect(await cli.run(["whoami"], { env: nobody })).toMatchObject({ code: 3 })
  expect(await cli.run(["login", "--token-stdin"], { env: nobody, input: `${personal}\n` })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Signed in at http:\/\/localhost:\d+ as Alice\./),
  })
  const file = join(cli.home, ".config", "strongroom", "credentials.json")
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await cli.run(["scope", "use", "acme.payments"])).toMatchObject({ code: 0 })
  expect((await cli.run(["whoami"])).stdout).toMatch(/^scope: +acme\.payments$/m)
  const elsewhere = await cli.run(["whoami", "--url", product.origin.replace("localhost", "127.0.0.1")])
  expect(elsewhere).toMatchObject({ code: 3, stderr: expect.stringContaining("Nobody is signed in") })
  expect(await cli.run(["scope", "use", "acme.nowhere"])).toMatchObject({ code: 4 })
  expect(await cli.run(["logout"])).toMatchObject({ code: 0 })
  expect(await cli.run(["whoami"])).toMatchObject({ code: 3 })
})

it("keeps a login in the system's keyring where there is one, and the token in no argument list", async () => {
  const tools = join(cli.home, "tools")
  mkdirSync(tools)
  const kept = join(tools, "kept")
  // It keeps what it reads, and its own arguments beside.
  writeFileSync(
    join(tools, "secret-tool"),
    `#!/bin/sh
echo "$@" >> '${kept}.arguments'
case "$1" in
  store) cat > '${kept}' ;;
  lookup) cat '${kept}' 2> /dev/null ;;
  clear) rm -f '${kept}' ;;
esac
`,
    { mode: 0o755 },
  )
  const env = { STRONGROOM_URL: product.origin, PATH: `${tools}:${process.env.PATH ?? ""}` }
  const { stdout } = await cli.run(["login", "--token-stdin"], { env, input: personal })
  expect(stdout).toContain("The token is kept in the system's keyring.")
  expect(readFileSync(kept, "utf8")).toBe(personal)
  expect((await cli.run(["whoami"], { env })).stdout).toContain("kept in the system's keyring")
  expect(await cli.run(["logout"], { env })).toMatchObject({ code: 0 })
  expect(await cli.run(["whoami"], { env })).toMatchObject({ code: 3 })
  expect(readFileSync(`${kept}.arguments`, "utf8")).not.toContain(personal)
})

it("ends with a code for each kind of problem, and never repeats what may be a value", async () => {
  const misplaced = await asPerson(["secret", "set", "default/LIFE", "canary-value", "--trim-newline"])
  expect(misplaced).toMatchObject({ code: 2, stdout: "" })
  expect(misplaced.stderr).not.toContain("canary-value")
  expect((await asPerson(["secret", "describe", "canary value"])).stderr).not.toContain("canary value")
  expect(await asPerson(["secret", "describe", "default/NOT_THERE"])).toMatchObject({ code: 4 })
  expect(await asPerson(["nonsense"])).toMatchObject({ code: 2 })
  const away = await asPerson(["whoami"], { env: { STRONGROOM_URL: "http://localhost:1" } })
  expect(away).toMatchObject({ code: 6, stdout: "" })
  const noToken = await asPerson(["whoami"], { env: { STRONGROOM_TOKEN: "canary-token" } })
  expect(noToken).toMatchObject({ code: 3, stderr: expect.not.stringContaining("canary-token") })
})
