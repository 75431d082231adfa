/** Proves the table of ways to lose a value, line by line: by the compiler, by lint, and by running it. */
import nodeAssert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { EventEmitter } from "node:events"
import { writeFileSync } from "node:fs"
import { stringify } from "node:querystring"
import { fileURLToPath } from "node:url"
import { format, inspect } from "node:util"
import v8 from "node:v8"
import vm from "node:vm"
import { MessageChannel } from "node:worker_threads"
import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import ts from "typescript"
import { beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { checkingMs, compile, type Finding, lint, virtualFiles } from "../scripts/lint/virtual-files.ts"
import { Secret } from "./secret.ts"
import { closed, type Way, ways } from "./testing/ways-to-lose-a-value.ts"

/** The functions that the table's lines use, for the run. */
const surroundings = {
  ...{ Secret, nodeAssert, createHash, EventEmitter, writeFileSync, spawnSync, stringify, format, inspect, v8, z },
  ...{ createElement, renderToStaticMarkup, throughPort, names: {}, tag },
}

/** The same for the compiler and lint, which see the lines in one file each: one with a Secret, one with a text. */
const header = `
import { Secret, type Sendable } from "@/lib/secret"
import { AppError } from "@/lib/errors"
import { log } from "@/lib/log"
import nodeAssert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { EventEmitter } from "node:events"
import { writeFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { stringify } from "node:querystring"
import { format, inspect } from "node:util"
import v8 from "node:v8"
import type pg from "pg"
import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import { z } from "zod"
declare const names: Record<string, unknown>
declare const answer: ServerResponse
declare const client: pg.Client
declare function answerWith<T>(body: Sendable<T>): void
declare function throughPort(message: unknown): Promise<string>
declare function tag(texts: TemplateStringsArray, ...values: unknown[]): string
declare function use<T>(value: T): void
declare function Row(props: { row: unknown }): null
`

const canary = 'canary-7f3a9c"<&>'

/** How a value can look when it has left. */
const forms = [
  canary,
  JSON.stringify(canary).slice(1, -1),
  encodeURIComponent(canary),
  canary.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  Buffer.from(canary).toString("base64").replace(/=+$/, ""),
  Buffer.from(canary).toString("base64url"),
  Buffer.from(canary).toString("hex"),
  [...Buffer.from(canary)].join(", "),
  [...Buffer.from(canary)].join(","),
]

function shows(text: string): boolean {
  return forms.some((form) => text.includes(form))
}

const files = { secret: "components/ways-to-lose-a-secret.tsx", text: "components/ways-to-show-a-text.tsx" }

function fileOf(type: "Secret" | "string"): string {
  const lines = ways.map(({ code }, index) => {
    const ofType = code.replace(/(?<=[<: ])Secret(?=[>; )|])/g, type)
    return `export const way${index} = (secret: ${type}): void => { const lost = (${ofType}); use(lost) }`
  })
  return header + lines.join("\n")
}

const found: { compiler: Finding[]; lint: Finding[] } = { compiler: [], lint: [] }

beforeAll(async () => {
  const program = virtualFiles(
    new Map([
      [files.secret, fileOf("Secret")],
      [files.text, fileOf("string")],
    ]),
  )
  found.compiler = compile(program)
  found.lint = await lint(program)
}, checkingMs)

/** What was said of a way's line, in one of the two files. */
function said(by: "compiler" | "lint", way: Way, path: string): string[] {
  const line = header.split("\n").length + ways.indexOf(way)
  const findings = found[by].filter((finding) => finding.path === path && finding.line === line)
  return findings.map(({ rule, message }) => (by === "lint" ? rule : message))
}

describe("the compiler refuses", () => {
  it.each(ways.filter(({ compiler }) => compiler !== undefined))("$way: $code", (way) => {
    expect(said("compiler", way, files.secret).join("\n")).toMatch(way.compiler ?? /nothing/)
  })
})

describe("lint refuses", () => {
  it.each(ways.filter(({ lint }) => lint !== undefined))("$way: $code", (way) => {
    expect(said("lint", way, files.secret)).toContain(way.lint)
  })
})

describe("at run time nothing is lost by", () => {
  it.each(ways.filter(({ atRunTime }) => atRunTime !== undefined))("$way: $code", async (way) => {
    const { threw, text } = await run(way.code, Secret.fromText(canary))
    expect(shows(text)).toBe(false)
    if (way.atRunTime === "throws") expect(threw).toBe(true)
  })
})

describe("the same code would lose a plain text by", () => {
  it.each(ways.filter((way) => way.atRunTime !== undefined && way.plainTextIsSafeToo === undefined))(
    "$way: $code",
    async ({ code }) => {
      const { text } = await run(code, canary)
      expect(text).toSatisfy(shows)
    },
  )

  it.each(ways.filter(({ secretOrNot }) => secretOrNot !== true))(
    "$way, without a word from compiler and lint",
    (way) => {
      if (way.compiler !== undefined) expect(said("compiler", way, files.text)).toEqual([])
      if (way.lint === closed) expect(said("lint", way, files.text)).not.toContain(closed)
    },
  )
})

/** Runs a way's code, and gives all that could be seen of what it returned or threw. */
async function run(code: string, secret: unknown): Promise<{ threw: boolean; text: string }> {
  const javaScript = ts.transpile(`const lose = () => (${code})`, { target: ts.ScriptTarget.ESNext })
  const names = [...Object.keys(surroundings), "secret"]
  const losing = vm.compileFunction(`${javaScript}; return lose()`, names) as (...values: unknown[]) => unknown
  try {
    return { threw: false, text: everythingOf(await losing(...Object.values(surroundings), secret)) }
  } catch (error) {
    return { threw: true, text: everythingOf(error) }
  } finally {
    delete process.env.LOST
  }
}

function everythingOf(value: unknown): string {
  if (typeof value === "string") return value
  const inspected = [true, false].map((customInspect) => inspect(value, { showHidden: true, depth: 9, customInspect }))
  const parts = typeof value === "object" && value !== null ? Object.values(value).map((part) => inspect(part)) : []
  return [...inspected, parts.join("").replaceAll("'", "")].join("\n")
}

function tag(texts: TemplateStringsArray, ...values: unknown[]): string {
  return texts.join("?") + inspect(values)
}

/** What the other end of a channel gets, as a worker would. */
async function throughPort(message: unknown): Promise<string> {
  const { port1, port2 } = new MessageChannel()
  try {
    const received = new Promise((resolve) => port2.once("message", resolve))
    port1.postMessage(message)
    return inspect(await received)
  } finally {
    port1.close()
  }
}

describe("a process that dies of it", () => {
  it.each(["throw secret", "throw { secret }", 'throw new Error("no", { cause: secret })', "Promise.reject(secret)"])(
    "prints nothing of it: %s",
    (death) => {
      expect(shows(lastWords("Secret.fromText(process.argv[1])", death))).toBe(false)
      expect(shows(lastWords("process.argv[1]", death))).toBe(true)
    },
  )

  function lastWords(secret: string, death: string): string {
    const program = `import { Secret } from "./lib/secret.ts"; const secret = ${secret}; ${death}`
    const cwd = fileURLToPath(new URL("..", import.meta.url))
    const { status, output } = spawnSync(process.execPath, ["--input-type=module", "--eval", program, canary], { cwd })
    expect(status).not.toBe(0)
    return output.join("\n")
  }
})

it("knows at least twenty ways, each caught by something, and none twice", () => {
  expect(ways.length).toBeGreaterThan(20)
  expect(ways.filter(({ compiler, lint, atRunTime }) => !compiler && !lint && !atRunTime)).toEqual([])
  expect(new Set(ways.map(({ way }) => way)).size).toBe(ways.length)
})
