import { execFile } from "node:child_process"
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { aRunningProduct, type RunningProduct } from "../../lib/acceptance/a-running-product.ts"
import { type TemporaryFolder, temporaryFolder } from "../../lib/testing/temporary-folder.ts"
import { buildSingleFile, stageClient } from "../../scripts/build-clients.mjs"
import { root } from "../../scripts/project.mjs"

/** Both packages, packed, installed into an empty folder, and used from there on each Node that this machine has. */
const run = promisify(execFile)

let folder: TemporaryFolder
let product: RunningProduct
let token: string

beforeAll(async () => {
  folder = temporaryFolder()
  await installBoth(folder.path)
  product = await aRunningProduct()
  const acme = await product.house.organization("acme")
  const owner = await product.house.person(acme, { role: "owner", at: "acme" })
  const at = "acme.payments.prod"
  token = (await product.house.machine(acme, { at, grants: [{ at }] })).token
  await product.house.call("createSecret", owner, { scope: at, vault: "default", name: "A", value: "packed" })
  // Two bundles, the compiler for the types, and npm three times.
}, 300_000)
afterAll(async () => {
  await product[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

async function installBoth(place: string): Promise<void> {
  const packed: string[] = []
  for (const client of ["cli", "sdk"] as const) {
    const staged = join(place, `staged-${client}`)
    await stageClient(client, staged)
    const { stdout } = await npm(place, ["pack", staged])
    packed.push(join(place, stdout.trim()))
  }
  mkdirSync(join(place, "app"))
  writeFileSync(join(place, "app/package.json"), `{ "private": true, "type": "module" }`)
  await npm(join(place, "app"), ["install", "--offline", "--no-audit", "--no-fund", ...packed])
}

function npm(cwd: string, args: readonly string[]): Promise<{ stdout: string }> {
  return run("npm", ["--silent", ...args], { cwd, env: { ...process.env, npm_config_cache: join(cwd, ".npm") } })
}

/** The product's own Node, and those of the machine that are new enough. */
function nodes(): string[] {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, "node"))
  return [...new Set([process.execPath, ...onPath.filter((file) => !file.includes("node_modules") && isProgram(file))])]
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

it("brings nothing along: no dependency, no map, no source, and a licence", () => {
  const installed = join(folder.path, "app/node_modules")
  expect(readdirSync(installed).filter((name) => !name.startsWith("."))).toEqual(["@strongroom", "strongroom"])
  for (const name of ["strongroom", "@strongroom/sdk"]) {
    const files = readdirSync(join(installed, name), { recursive: true, encoding: "utf8" })
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist", "package.json"]))
    expect(files.filter((file) => /\.map$|(?<!\.d)\.ts$/.test(file))).toEqual([])
    expect(JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8"))).not.toHaveProperty("dependencies")
  }
})

it("works on each Node of this machine", async () => {
  const app = join(folder.path, "app")
  const cli = join(app, "node_modules/.bin/strongroom")
  writeFileSync(
    join(app, "use.js"),
    `import { Strongroom } from "@strongroom/sdk"
const strongroom = new Strongroom({ url: process.env.STRONGROOM_URL, token: process.env.STRONGROOM_TOKEN })
console.log(await strongroom.secretmanager.getSecret("default", "A"))`,
  )
  const env = { ...process.env, STRONGROOM_URL: product.origin, STRONGROOM_TOKEN: token, STRONGROOM_CONFIG: app }
  for (const node of nodes()) {
    const by = async (...args: string[]): Promise<string> => (await run(node, args, { cwd: app, env })).stdout
    expect(await by(cli, "--help")).toContain("usage: strongroom COMMAND")
    expect(await by(cli, "--version")).toMatch(/^strongroom \d+\.\d+\.\d+\n$/)
    expect(await by(cli, "read", "strongroom:///default/A")).toBe("packed")
    expect(await by(cli, "run", "--", node, "-p", "process.env.A")).toBe("packed\n")
    expect(await by("use.js")).toBe("packed\n")
  }
})

it("is one program, too, where no Node is", async () => {
  const program = await buildSingleFile(join(folder.path, "single-file"))
  const nothing = join(folder.path, "nothing")
  mkdirSync(nothing)
  const env = {
    NODE_ENV: "production",
    PATH: nothing,
    HOME: nothing,
    STRONGROOM_URL: product.origin,
    STRONGROOM_TOKEN: token,
  } as const
  const by = async (...args: string[]): Promise<string> => (await run(program, args, { cwd: nothing, env })).stdout
  expect(await by("--version")).toMatch(/^strongroom \d+\.\d+\.\d+\n$/)
  expect(await by("read", "strongroom:///default/A")).toBe("packed")
  expect(await by("run", "--", "/bin/sh", "-c", "echo $A")).toBe("packed\n")
  expect(await by("completion", "fish")).toContain("complete -c strongroom")
  expect(readdirSync(nothing)).toEqual([])
})

it("has types that a strict program can be checked against, without a library of ours", async () => {
  const app = join(folder.path, "app")
  writeFileSync(
    join(app, "use.ts"),
    `import { defineSecret, Strongroom, StrongroomError } from "@strongroom/sdk"
const strongroom = new Strongroom({ url: "https://strongroom.example", token: async () => "t" })
const secrets = defineSecret("my-secrets", { "api-key": { description: "A key" }, some: { description: "", required: false } })
const sure: string = await secrets.get(strongroom, "api-key")
const maybe: string | undefined = await secrets.get(strongroom, "some")
// @ts-expect-error: it may be absent
const unsure: string = await secrets.get(strongroom, "some")
// @ts-expect-error: nobody declared it
await secrets.get(strongroom, "other")
const bytes: Uint8Array = await strongroom.getSecret("default", "A", { as: "bytes" })
const both: Record<"a" | "b", string> = await strongroom.getSecrets("default", ["a", "b"])
const { items } = await strongroom.api.listSecrets({ scope: "acme", category: ["agent"] })
const state: "active" | "disabled" | "deleted" | "destroyed" | undefined = items[0]?.state
// @ts-expect-error: there is no such category
await strongroom.api.listSecrets({ scope: "acme", category: ["none"] })
export const all = [sure, maybe, unsure, bytes, both, state, StrongroomError]`,
  )
  writeFileSync(
    join(app, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        target: "es2022",
        lib: ["es2022", "dom"],
        module: "nodenext",
        types: [],
      },
      files: ["use.ts"],
    }),
  )
  const checked = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", app]).catch(
    (failed: unknown) => failed as { stdout: string }, // it printed what is wrong
  )
  expect(checked.stdout).toBe("")
})
