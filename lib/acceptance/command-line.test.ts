/**
 * Where values may be after the command line got them: in the environment of the program that it started, and in the
 * file that was asked for. Nowhere else on the machine: no argument list, no other file, no shell history, nothing that
 * a program prints when it fails. And our own token isn't where the program could read it. What that costs in time is
 * told, too.
 */
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { aCommandLine, type CommandLine, toEnd } from "../testing/a-command-line.ts"
import { type Canary, findCanaries, makeCanary, type Sighting } from "../testing/canaries.ts"
import { openFigures } from "../testing/figures.ts"
import { aRunningProduct, type RunningProduct } from "./a-running-product.ts"

const figures = openFigures("command-line")
const workspace = "acme.payments.prod"

let product: RunningProduct
let cli: CommandLine
let token: string
let env: Record<string, string>

const values: Readonly<Record<string, Canary>> = {
  PLAIN: makeCanary("a plain value"),
  LINES: makeCanary("a value of several lines", (canary) => `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END-----\n`),
  OBJECT: makeCanary("a value in JSON", (canary) => `{"password": "${canary.replaceAll('"', "'")}"}`),
}
const canaries = Object.values(values).map(({ planted, value }) => ({ planted, value, needle: value }))

beforeAll(async () => {
  cli = await aCommandLine()
  product = await aRunningProduct()
  const acme = await product.house.organization("acme")
  const owner = await product.house.person(acme, { role: "owner", at: "acme" })
  token = (await product.house.machine(acme, { at: workspace, grants: [{ at: workspace }] })).token
  for (const [name, { value }] of Object.entries(values)) {
    await product.house.call("createSecret", owner, { scope: workspace, vault: "default", name, value })
  }
  mkdirSync(join(cli.home, "tmp"))
  env = {
    STRONGROOM_URL: product.origin,
    STRONGROOM_TOKEN: token,
    TMPDIR: join(cli.home, "tmp"),
    HISTFILE: join(cli.home, "history"),
  }
})
afterAll(async () => {
  await product[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})

it("leaves values in the program's environment, and nowhere else", async () => {
  const script = `console.log("ready"); process.stdin.once("data", () => { throw new Error("The program failed.") })`
  const child = cli.start(["run", "--", process.execPath, "-e", script], { env })
  const printed: string[] = []
  child.stdout.on("data", (part: Buffer) => printed.push(part.toString()))
  child.stderr.on("data", (part: Buffer) => printed.push(part.toString()))
  await expect.poll(() => printed.join("")).toContain("ready")

  const [program] = childrenOf(child.pid ?? 0)
  const ofProgram = readFileSync(`/proc/${program ?? 0}/environ`, "utf8")
  expect(Object.entries(values).filter(([name, { value }]) => !ofProgram.includes(`\0${name}=${value}\0`))).toEqual([])
  expect(ofProgram).not.toContain(token)
  const elsewhere = [
    ...argumentLists(),
    ...filesIn(cli.home),
    { where: "our own environment", left: readFileSync(`/proc/${child.pid ?? 0}/environ`) },
  ]
  const found = elsewhere.flatMap(({ where, left }) => findCanaries(canaries, where, left))

  const ended = new Promise((resolve) => child.on("close", resolve))
  child.stdin.write("fail\n")
  expect(await ended).toBe(1)
  expect(printed.join("")).toContain("The program failed.")
  const afterwards = [...findCanaries(canaries, "output of the failed program", printed.join("")), ...leftBehind()]
  expect([...found, ...afterwards]).toEqual([])
  figures.tell("run: values outside of the program's environment", found.length + afterwards.length, "0")
})

it("writes values to the file that was asked for, and leaves nothing of them beside it", async () => {
  const template = join(cli.home, "template")
  writeFileSync(
    template,
    Object.keys(values)
      .map((name) => `{{ strongroom:///default/${name} }}`)
      .join("\n"),
  )
  const output = join(cli.home, "asked-for")
  const asked = [
    ["inject", "-i", template, "-o", output],
    ...["env", "json", "yaml", "k8s"].map((format) => ["export", "--format", format, "-o", output]),
  ]
  const found: Sighting[] = []
  for (const args of asked) {
    const watching = watchArguments()
    const { code, stdout, stderr } = await cli.run(args, { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" })
    expect(statSync(output).mode & 0o777).toBe(0o600)
    expect(readFileSync(output, "utf8").length).toBeGreaterThan(100)
    found.push(
      ...watching.stop(),
      ...findCanaries(canaries, `what ${args[0] ?? ""} says`, stderr),
      ...leftBehind(output),
    )
  }
  expect(found).toEqual([])
  figures.tell("inject and export: values outside of the file", found.length, "0")
})

it("leaves nothing in the shell's history, nor of a template that can't be filled in", async () => {
  const lines = [
    `strongroom run -- sh -c 'exit 3'`,
    `strongroom read strongroom:///default/PLAIN > /dev/null`,
    `echo 'strongroom:///default/PLAIN strongroom:///default/NOT_THERE' | strongroom inject -o never`,
    "history -a",
  ]
  const shell = spawn("bash", ["--norc"], {
    cwd: cli.home,
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", HOME: cli.home, ...env },
  })
  const typed = `set -o history\nstrongroom() { '${process.execPath}' '${cli.program}' "$@"; }\n${lines.join("\n")}\n`
  const { stdout, stderr } = await toEnd(shell, typed)
  expect(readFileSync(join(cli.home, "history"), "utf8")).toContain("strongroom read")
  expect(readdirSync(cli.home)).not.toContain("never")
  const found = [
    ...findCanaries(canaries, "what was printed", stdout + stderr),
    ...leftBehind(join(cli.home, "asked-for")),
  ]
  expect(found).toEqual([])
  figures.tell("shell history: values", found.length, "0")
})

it("tells what starting a program through it costs", async () => {
  const rounds = inject("isLong") ? 40 : 7
  const script = ["-e", "0"]
  const alone: number[] = []
  const through: number[] = []
  for (let round = 0; round < rounds; round++) {
    alone.push(await timeOf(() => toEnd(spawn(process.execPath, script))))
    through.push(await timeOf(() => cli.run(["run", "--", process.execPath, ...script], { env })))
  }
  const help: number[] = []
  for (let round = 0; round < rounds; round++) help.push(await timeOf(() => cli.run(["--help"])))
  const told = (of: (times: readonly number[]) => number): string => `${of(through) - of(alone)} ms`
  // The fastest is what it takes where nothing else runs beside it.
  figures.tell("run: added to the start of a program", `${told(median)}, at best ${told(fastest)}`, "under 150 ms")
  figures.tell("--help", `${median(help)} ms, at best ${fastest(help)} ms`, "under 200 ms")
})

interface Left {
  where: string
  left: Uint8Array
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function childrenOf(parent: number): number[] {
  return processes().filter(
    (pid) => / \d+ \((?:.*)\) \S (\d+)/.exec(` ${ofProcess(pid, "stat").toString()}`)?.[1] === String(parent),
  )
}

/** Empty for a process that ended meanwhile. */
function ofProcess(pid: number, what: "stat" | "cmdline"): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${what}`)
  } catch {
    return Buffer.alloc(0)
  }
}

function argumentLists(): Left[] {
  return processes().map((pid) => ({ where: `arguments of process ${pid}`, left: ofProcess(pid, "cmdline") }))
}

/** Looks at all argument lists again and again, until it is stopped. */
function watchArguments(): { stop(): Sighting[] } {
  const found: Sighting[] = []
  const look = (): void => {
    for (const { where, left } of argumentLists()) found.push(...findCanaries(canaries, where, left))
  }
  const timer = setInterval(look, 50)
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return found
    },
  }
}

function filesIn(folder: string): Left[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((where) => ({ where, left: readFileSync(where) }))
}

/** In our home, which holds the temporary files, too. */
function leftBehind(...asked: readonly string[]): Sighting[] {
  const files = filesIn(cli.home).filter(({ where }) => !asked.includes(where))
  return files.flatMap(({ where, left }) => findCanaries(canaries, where, left))
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function fastest(times: readonly number[]): number {
  return Math.round(Math.min(...times))
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)
}
