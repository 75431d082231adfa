/**
 * `Sendable` lets through what JSON keeps, and says no to the rest. What it says to a Secret in all its hiding places
 * stands in testing/ways-to-lose-a-value.ts.
 */
import { beforeAll, describe, expect, it } from "vitest"
import { checkingMs, compile, type Finding, virtualFiles } from "../scripts/lint/virtual-files.ts"

const sendable = [
  "string",
  '"open" | "closed"',
  "number | null",
  "boolean | undefined",
  "Date",
  "{ name: string; at: Date; size?: number }",
  "{ items: readonly { name: string; versions: number[] }[]; next: string | null }",
  "Record<string, string>",
  "Record<string, never>",
  "[string, number]",
  '{ state: "up"; latencyMs: number } | { state: "down"; reason: string }',
  "import('./dto').SecretSummary",
  "import('./dto').AuditEvent",
]

const notSendable = [
  "Uint8Array",
  "Buffer",
  "ArrayBuffer",
  "Map<string, string>",
  "ReadonlySet<string>",
  "() => string",
  "symbol",
  "Error",
  "Promise<string>",
  "URL",
  "unknown",
  "object",
  "{}",
  "{ extra: unknown }",
  "Record<string, unknown>",
  "string | Uint8Array",
]

const path = "lib/contract/what-is-sendable.ts"
const all = [...sendable, ...notSendable]
let refusals: Finding[] = []

beforeAll(() => {
  const lines = all.map((type, index) => `export const send${index} = (value: ${type}): Sendable<${type}> => value`)
  const text = ['import type { Sendable } from "../secret"', ...lines].join("\n")
  refusals = compile(virtualFiles(new Map([[path, text]])))
}, checkingMs)

function refusalsOf(type: string): string[] {
  const line = all.indexOf(type) + 2
  return refusals.filter((refusal) => refusal.line === line).map(({ message }) => message)
}

describe("Sendable", () => {
  it.each(sendable)("lets %s through", (type) => {
    expect(refusalsOf(type)).toEqual([])
  })

  it.each(notSendable)("refuses %s", (type) => {
    expect(refusalsOf(type).join("\n")).toMatch(/CannotBeSent|holdsASecret/)
  })
})
