/**
 * Whether a token's claims fulfil a rule's conditions. A pattern's `*` stays inside its segment (between `/` and `:`),
 * so `repo:acme/*` means acme's repositories and nothing that hangs on behind; `**` at the end stands for any rest.
 * No pattern becomes a regular expression: matching is linear, whatever somebody typed.
 */
import type { ClaimCondition } from "../../contract/dto.ts"

export type Claims = Readonly<Record<string, unknown>>

/** The first condition that doesn't hold; undefined when all do. */
export function firstUnmet(conditions: readonly ClaimCondition[], claims: Claims): ClaimCondition | undefined {
  return conditions.find((condition) => !holds(condition, claims))
}

/** What a claim says, as words; several for a list, none when it is missing or an object. */
export function wordsOf(claims: Claims, name: string): readonly string[] {
  const claim = name.startsWith("/") ? inside(claims, name) : own(claims, name)
  return (Array.isArray(claim) ? claim.slice(0, mostInList) : [claim]).flatMap(wordOf)
}

/** True when all of `text` is what the pattern describes. */
export function fits(pattern: string, text: string): boolean {
  if (pattern.endsWith("**")) return fitsBefore(segmentsOf(pattern.slice(0, -2)), text)
  const [wanted, found] = [segmentsOf(pattern), segmentsOf(text)]
  return wanted.length === found.length && wanted.every((each, at) => fitsSegment(each, found[at] ?? ""))
}

/** How many items of a list are looked at: a token with more is hardly an honest one. */
const mostInList = 1_000

function holds({ claim, match, values }: ClaimCondition, claims: Claims): boolean {
  const words = wordsOf(claims, claim)
  return values.some((value) => words.some((word) => (match === "exact" ? word === value : fits(value, word))))
}

function wordOf(claim: unknown): string[] {
  if (typeof claim === "string") return [claim]
  return typeof claim === "number" || typeof claim === "boolean" ? [String(claim)] : []
}

/** RFC 6901: `/kubernetes.io/namespace`, where ~1 is a slash and ~0 a tilde. */
function inside(claims: Claims, pointer: string): unknown {
  const names = pointer.slice(1).split("/")
  return names.reduce<unknown>((at, name) => own(at, name.replaceAll("~1", "/").replaceAll("~0", "~")), claims)
}

function own(from: unknown, name: string): unknown {
  if (typeof from !== "object" || from === null || Array.isArray(from) || !Object.hasOwn(from, name)) return undefined
  return Object.entries(from).find(([key]) => key === name)?.[1]
}

/** Segments and the signs between them, so that `a/b` and `a:b` differ. */
function segmentsOf(text: string): string[] {
  return text.split(/([/:])/)
}

/** The segments before the last one fit whole; the last one is what its segment, and so the rest, begins with. */
function fitsBefore(wanted: readonly string[], text: string): boolean {
  const found = segmentsOf(text)
  const last = wanted.length - 1
  const begun = wanted.slice(0, last).every((each, at) => found[at] !== undefined && fitsSegment(each, found[at]))
  const rest = found.slice(last).join("")
  const start = wanted[last] ?? ""
  return begun && !start.includes("*") && rest.startsWith(start) && rest.length > start.length
}

/** `*` is one sign or more, none of them a separator. */
function fitsSegment(pattern: string, segment: string): boolean {
  const [first = "", ...others] = pattern.split("*")
  if (others.length === 0) return pattern === segment
  const last = others.pop() ?? ""
  if (!segment.startsWith(first)) return false
  const end = segment.length - last.length
  let at = first.length + 1
  for (const part of others) {
    const next = segment.indexOf(part, at)
    if (next < 0) return false
    at = next + part.length + 1
  }
  return at <= end && segment.endsWith(last)
}
