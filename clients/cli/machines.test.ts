import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { aRunningProduct, type RunningProduct } from "../../lib/acceptance/a-running-product.ts"
import type { PersonCaller } from "../../lib/core/caller.ts"
import {
  aCommandLine,
  type CommandAsking,
  type CommandEnd,
  type CommandLine,
  toEnd,
} from "../../lib/testing/a-command-line.ts"

/** What a machine does with the command line, against a running product. */
let product: RunningProduct
let cli: CommandLine
let owner: PersonCaller
let personal: string
let machine: string

const workspace = "acme.payments.prod"
const multiline = "first line\nsecond line 100%\n"

beforeAll(async () => {
  cli = await aCommandLine()
  product = await aRunningProduct()
  const { house } = product
  const acme = await house.organization("acme")
  owner = await house.person(acme, { role: "owner", at: "acme", name: "Alice" })
  personal = (await house.call("createPersonalToken", owner, { name: "laptop" })).token ?? ""
  machine = (await house.machine(acme, { at: workspace, name: "deploy", grants: [{ at: workspace }] })).token
  await keep("acme", "SHARED", "from the organization")
  await keep(workspace, "DB_PASSWORD", "s3cret 'quoted' $HOME")
  await keep(workspace, "api-key", "key")
  await keep(workspace, "PEM", multiline)
})
afterAll(async () => {
  await product[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})

async function keep(scope: string, name: string, value: string, more: object = {}): Promise<void> {
  await product.house.call("createSecret", owner, { scope, vault: "default", name, value, ...more })
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: machine, ...more }
}

function asMachine(args: readonly string[], asking: CommandAsking = {}): Promise<CommandEnd> {
  return cli.run(args, { ...asking, env: environment(asking.env) })
}

/** Prints the environment of the child as JSON. */
const tellEnvironment = [process.execPath, "-e", "console.log(JSON.stringify(process.env))"]

it("reads one value, byte for byte", async () => {
  expect(await asMachine(["read", `strongroom://${workspace}/default/PEM`])).toMatchObject({
    code: 0,
    stdout: multiline,
  })
  expect(await asMachine(["read", "strongroom:///default/SHARED"])).toMatchObject({ stdout: "from the organization" })
  const { stdout } = await asMachine(["read", "strongroom:///default/api-key?version=1", "--json"])
  expect(JSON.parse(stdout)).toMatchObject({ value: "key", version: 1, scope: workspace })
  expect(await asMachine(["read", "strongroom:///default/NOT_THERE"])).toMatchObject({ code: 4, stdout: "" })
})

it("refuses a person, and says why", async () => {
  const refused = await asMachine(["read", "strongroom:///default/PEM"], { env: { STRONGROOM_TOKEN: personal } })
  expect(refused).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("people don't read values") })
  const run = await asMachine(["run", "--", "true"], { env: { STRONGROOM_TOKEN: personal } })
  expect(run.code).toBe(125)
})

it("gives a program its values, and keeps our own token from it", async () => {
  const { code, stdout } = await asMachine(["run", "--", ...tellEnvironment], { env: { OWN: "kept" } })
  expect(code).toBe(0)
  const seen = JSON.parse(stdout) as Record<string, string>
  expect(seen).toMatchObject({
    DB_PASSWORD: "s3cret 'quoted' $HOME",
    API_KEY: "key",
    PEM: multiline,
    SHARED: "from the organization",
    OWN: "kept",
    STRONGROOM_URL: product.origin,
  })
  expect(JSON.stringify(seen)).not.toContain(machine)
})

it("names each reference that can't be had, and goes on without them where it is told to", async () => {
  const refs = ["NOT_THERE", "api-key", "NOR_THIS"].flatMap((name) => ["--ref", `strongroom:///default/${name}`])
  const refused = await asMachine(["run", ...refs, "--", ...tellEnvironment])
  expect(refused).toMatchObject({ code: 125, stdout: "" })
  expect(refused.stderr).toMatch(/default\/NOT_THERE: [^]*default\/NOR_THIS: /)
  const { stdout, stderr } = await asMachine(["run", "--partial", ...refs, "--", ...tellEnvironment])
  expect(JSON.parse(stdout)).toMatchObject({ API_KEY: "key" })
  expect(stderr).toContain("Without strongroom:///default/NOT_THERE: ")
})

it("reads for the workspace that lists a project", async () => {
  await product.house.call("changeScope", owner, { scope: workspace, projects: ["ledger"] })
  const args = ["export", "--format", "json", "--project"]
  expect((await asMachine([...args, "ledger"])).stdout).toContain('"API_KEY": "key"')
  expect(await asMachine([...args, "nobody's"])).toMatchObject({ code: 4, stdout: "" })
})

it("gives what a brief refers to, and nothing more", async () => {
  const brief = join(cli.home, "brief.json")
  const text = JSON.stringify({ task: "deploy", secret_refs: ["strongroom:///default/api-key"] })
  writeFileSync(brief, text)
  const { stdout } = await asMachine(["run", "--brief", brief, "--", ...tellEnvironment])
  const seen = JSON.parse(stdout) as Record<string, string>
  expect([seen.API_KEY, seen.DB_PASSWORD]).toEqual(["key", undefined])
  expect(readFileSync(brief, "utf8")).toBe(text)
  writeFileSync(brief, "not JSON")
  expect(await asMachine(["run", "--brief", brief, "--", "true"])).toMatchObject({ code: 125 })
})

it("ends as the program ends", async () => {
  const node = (script: string): string[] => ["run", "--", process.execPath, "-e", script]
  expect(await asMachine(node("process.exit(7)"))).toMatchObject({ code: 7 })
  expect(await asMachine(node("process.kill(process.pid, 'SIGKILL')"))).toMatchObject({ code: 137 })
  expect(await asMachine(["run", "--", "no-such-program-at-all"])).toMatchObject({ code: 127 })
  expect(await asMachine(["run", "--", cli.home])).toMatchObject({ code: 126 })
  expect(await asMachine(["run", "--ref", "strongroom:///default/NOT_THERE", "--", "true"])).toMatchObject({
    code: 125,
  })
  expect(await asMachine(["run"])).toMatchObject({ code: 125 })
})

it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)(
  "hands %s on to the program",
  async (signal) => {
    const script = `process.on("${signal}", () => process.exit(42)); setInterval(() => {}, 1000); console.log("ready")`
    const child = cli.start(["run", "--", process.execPath, "-e", script], { env: environment() })
    const ended = toEnd(child)
    await new Promise((resolve) => child.stdout.once("data", resolve))
    child.kill(signal)
    const { code, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 42, stderr: "" })
  },
)

it("takes no secret as a variable by which programs are made to do something else", async () => {
  await product.house.call("createVault", owner, { scope: workspace, name: "odd" })
  await keep(workspace, "ODD", "true", { vault: "odd", envName: "ODD" })
  // Such a name isn't taken any more. One from before is what this is about.
  await product.house.database.prisma.secret.updateMany({ where: { name: "ODD" }, data: { envName: "PROMPT_COMMAND" } })
  const args = ["run", "--vault-name", "odd"]
  const refused = await asMachine([...args, "--", ...tellEnvironment])
  expect(refused).toMatchObject({
    code: 125,
    stdout: "",
    stderr: expect.stringContaining("--allow-env PROMPT_COMMAND"),
  })
  const { stdout } = await asMachine([...args, "--allow-env", "PROMPT_COMMAND", "--", ...tellEnvironment])
  expect(JSON.parse(stdout)).toMatchObject({ PROMPT_COMMAND: "true" })
  await product.house.call("disableSecret", owner, { scope: workspace, vault: "odd", secret: "ODD" })
  expect(await asMachine([...args, "--", "true"])).toMatchObject({
    code: 125,
    stderr: expect.stringContaining("odd/ODD"),
  })
  expect(await asMachine([...args, "--partial", "--", "true"])).toMatchObject({ code: 0 })
})

it("fills a template in, into a file for its owner alone", async () => {
  const template = join(cli.home, "template")
  const output = join(cli.home, "filled")
  writeFileSync(template, "a=strongroom:///default/api-key.\nb={{ strongroom:///default/SHARED }}\n")
  writeFileSync(output, "old", { mode: 0o644 })
  const { code, stdout, stderr } = await asMachine(["inject", "-i", template, "-o", output])
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" })
  expect(stderr).toContain("2 values")
  expect(readFileSync(output, "utf8")).toBe("a=key.\nb=from the organization\n")
  expect(statSync(output).mode & 0o777).toBe(0o600)
  writeFileSync(template, "strongroom:///default/NOT_THERE")
  expect(await asMachine(["inject", "-i", template, "-o", output])).toMatchObject({ code: 4 })
  writeFileSync(template, "a\nb=strongroom://Acme/x")
  expect(await asMachine(["inject", "-i", template, "-o", output])).toMatchObject({ code: 2 })
  expect(readFileSync(output, "utf8")).toContain("a=key")
})

it("writes values out in the forms that other programs read", async () => {
  const refs = ["--ref", "strongroom:///default/DB_PASSWORD", "--ref", "strongroom:///default/PEM"]
  const inForm = async (format: string, more: readonly string[] = []): Promise<string> =>
    (await asMachine(["export", "--format", format, ...more])).stdout
  expect(await inForm("env", refs)).toBe(`DB_PASSWORD='s3cret '\\''quoted'\\'' $HOME'\nPEM='${multiline}'\n`)
  expect(JSON.parse(await inForm("json", refs))).toEqual({ DB_PASSWORD: "s3cret 'quoted' $HOME", PEM: multiline })
  expect(await inForm("yaml", refs)).toContain(`PEM: "first line\\nsecond line 100%\\n"\n`)
  expect(await inForm("docker", refs.slice(0, 2))).toBe("DB_PASSWORD=s3cret 'quoted' $HOME\n")
  expect(await asMachine(["export", "--format", "docker", ...refs])).toMatchObject({ code: 1, stdout: "" })
  expect(await inForm("k8s", [...refs.slice(2), "--object-name", "app"])).toBe(
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: "app"\ntype: Opaque\ndata:\n  PEM: ${btoa(multiline)}\n`,
  )
})

it("starts the program again when a value changed, and tells it where it is asked to", async () => {
  await keep(workspace, "CHANGING", "one")
  const script = `process.on("SIGHUP", () => console.log("told")); console.log(process.env.CHANGING); setInterval(() => {}, 1000)`
  const follow = async (mode: string, expected: string, value: string): Promise<void> => {
    const args = ["run", mode, "--watch-seconds", "1", "--ref", "strongroom:///default/CHANGING", "--"]
    const child = cli.start([...args, process.execPath, "-e", script], { env: environment() })
    let printed = ""
    child.stdout.on("data", (part: Buffer) => {
      printed += part.toString()
    })
    const ended = toEnd(child)
    await expect.poll(() => printed).toMatch(/\n/)
    await product.house.call("writeVersion", owner, { scope: workspace, vault: "default", secret: "CHANGING", value })
    await expect.poll(() => printed).toBe(expected)
    child.kill("SIGTERM")
    expect((await ended).code).toBe(143)
  }
  await follow("--watch", "one\ntwo\n", "two")
  await follow("--watch=signal", "two\ntold\n", "three")
})

it("holds declarations against what is there, and makes what it may of them", async () => {
  const manifest = join(cli.home, "secrets.yaml")
  writeFileSync(
    manifest,
    [
      "vault: default",
      "secrets:",
      "  api-key: { description: External API key, category: integration, maxAgeDays: 30 }",
      "  PEM: { description: A key, format: pem }",
      "  SOME_DAY: { description: Not yet, required: false }",
      "  MISSING: { description: Needed }",
      "---",
      "vault: declared",
      "secrets: {}",
    ].join("\n"),
  )
  const checked = await asMachine(["check", "-f", manifest])
  expect(checked.code).toBe(1)
  expect(checked.stdout.split("\n").map((line) => line.split("\t").slice(0, 2).join(" "))).toEqual([
    "default/api-key passed",
    "default/PEM failed",
    "default/SOME_DAY absent",
    "default/MISSING failed",
    "",
  ])
  const env = { STRONGROOM_TOKEN: personal, STRONGROOM_SCOPE: workspace }
  const plan = await asMachine(["apply", "-f", manifest, "--plan-only"], { env })
  expect(plan).toMatchObject({ code: 0, stdout: "Nothing was changed.\n" })
  expect(plan.stderr).toContain("+ vault declared")
  expect(plan.stderr).toContain("secret create --scope acme.payments.prod --vault-name default --name MISSING")
  expect(await asMachine(["apply", "-f", manifest], { env })).toMatchObject({ code: 2 })
  expect(await asMachine(["apply", "-f", manifest, "--yes"], { env })).toMatchObject({ code: 0 })
  expect((await asMachine(["apply", "-f", manifest, "--yes"], { env })).stdout).toBe("There is nothing to change.\n")
  const described = await asMachine(["secret", "describe", "default/api-key", "--json"], { env })
  expect(JSON.parse(described.stdout)).toMatchObject({ category: "integration", rotationDays: 30, currentVersion: 1 })
})

it("tells a runner to mask each value and each of its lines, before anything else is printed", async () => {
  const env = { GITEA_ACTIONS: "true" }
  const { stdout, stderr } = await asMachine(["read", "strongroom:///default/PEM"], { env })
  expect(stdout).toBe(multiline)
  expect(stderr).toBe(
    "::add-mask::first line%0Asecond line 100%25%0A\n::add-mask::first line\n::add-mask::second line 100%25\n",
  )
  const ran = await asMachine(["run", "--ref", "strongroom:///default/api-key", "--", "sh", "-c", "echo child >&2"], {
    env: { GITHUB_ACTIONS: "true" },
  })
  expect(ran.stderr).toBe("::add-mask::key\nchild\n")
})

it.each(["bash", "zsh", "fish"])("completes commands in %s", async (shell) => {
  const { code, stdout } = await cli.run(["completion", shell])
  expect(code).toBe(0)
  expect(stdout).toContain("rollback")
  if (shell !== "bash") return
  mkdirSync(join(cli.home, "completion"), { recursive: true })
  const script = join(cli.home, "completion", "strongroom")
  writeFileSync(
    script,
    `${stdout}\nCOMP_WORDS=(strongroom secret va); COMP_CWORD=2; _strongroom; echo "\${COMPREPLY[@]}"
COMP_WORDS=(strongroom secret describe default/X --vau); COMP_CWORD=4; _strongroom; echo "\${COMPREPLY[@]}"\n`,
  )
  const { spawnSync } = await import("node:child_process")
  expect(spawnSync("bash", [script], { encoding: "utf8" }).stdout).toBe("vault\n--vault-name\n")
})
