/**
 * The audit log: one HMAC chain per organization from the first event. Every operation leaves exactly one event; a
 * change and its event commit together, a disclosure's event is committed before the value leaves.
 *
 * hash = HMAC-SHA256(audit key, 0x00 ‖ LP(chain) ‖ LP(seq) ‖ previous ‖ canonical JSON of the row), LP being a 4-byte
 * big-endian length before the bytes. Whoever can write the database but doesn't have the key can't make a link.
 */
import type { AuditClass, Outcome } from "../contract/words.ts"
import { lengthPrefixed } from "../crypto/aead.ts"
import { type Key, keyedHash } from "../crypto/key.ts"
import type { AuditRow, LinkedAuditRow } from "../db/audit-log.ts"
import { newId } from "../db/ids.ts"
import type { Caller, RequestFacts } from "./caller.ts"

/** The chain of what happens before an organization is known: a sign-in with an unknown name, a wrong setup code. */
export const systemChain = "00000000-0000-0000-0000-000000000000"

export type Detail = string | number | boolean | null

/** What an event is about. Names and ids only: a value has no way in. */
export interface EventFacts {
  /** For an operation that turns out to delegate: its event is found among the delegations. */
  class?: "delegation"
  /** For a caller who is nobody yet: the organization that turns out to be concerned. */
  organizationId?: string
  /** For a caller who is nobody yet: the person it turns out to be. */
  actor?: { id: string; name: string }
  scope?: { id: string; path: string }
  vault?: string
  secret?: { id: string; name: string }
  version?: number
  target?: { kind: string; id: string; name: string }
  details?: Readonly<Record<string, Detail>>
}

export interface AuditEntry extends AuditRow {
  outcome: Outcome
}

export interface EventHeader {
  action: string
  class: AuditClass
  outcome: Outcome
  reason: string | null
}

/** The row of one event, but for its place in the chain and its time, which the database gives. */
export function makeEntry(header: EventHeader, caller: Caller, request: RequestFacts, facts: EventFacts): AuditEntry {
  return {
    ...header,
    class: facts.class ?? header.class,
    ...actorOf(caller, facts),
    address: request.address,
    ...aboutOf(facts),
    requestId: request.id,
  }
}

/** Who an event is of that no request leaves: Strongroom itself, or whoever asked for it earlier. */
export interface LateActor {
  organizationId: string
  kind: string
  id: string | null
  name: string
  /** The request that asked for it, or one that nobody made. */
  requestId: string
}

/** Strongroom itself, which does by the clock what nobody asked for. `name` where people know it by another one. */
export function strongroom(organizationId: string, name = "Strongroom"): LateActor {
  return { organizationId, kind: "system", id: null, name, requestId: newId() }
}

/** The row of an event that is left long after anybody asked for it, so without a credential and an address. */
export function makeLateEntry(header: EventHeader, by: LateActor, facts: EventFacts): AuditEntry {
  return {
    ...header,
    organizationId: by.organizationId,
    actorKind: by.kind,
    actorId: by.id,
    actorName: by.name,
    credentialKind: null,
    credentialId: null,
    address: null,
    ...aboutOf(facts),
    requestId: by.requestId,
  }
}

function aboutOf(facts: EventFacts): AboutColumns {
  return {
    scopeId: facts.scope?.id ?? null,
    scope: facts.scope?.path ?? null,
    vault: facts.vault ?? null,
    secretId: facts.secret?.id ?? null,
    secretName: facts.secret?.name ?? null,
    version: facts.version ?? null,
    targetKind: facts.target?.kind ?? null,
    targetId: facts.target?.id ?? null,
    targetName: facts.target?.name ?? null,
    details: facts.details ?? {},
  }
}

type AboutColumns = Pick<
  AuditRow,
  | "scopeId"
  | "scope"
  | "vault"
  | "secretId"
  | "secretName"
  | "version"
  | "targetKind"
  | "targetId"
  | "targetName"
  | "details"
>

type ActorColumns = Pick<
  AuditRow,
  "organizationId" | "actorKind" | "actorId" | "actorName" | "credentialKind" | "credentialId"
>

function actorOf(caller: Caller, facts: EventFacts): ActorColumns {
  if (caller.kind === "nobody") {
    return {
      organizationId: facts.organizationId ?? systemChain,
      actorKind: facts.actor === undefined ? "nobody" : "person",
      actorId: facts.actor?.id ?? null,
      actorName: facts.actor?.name ?? "Nobody",
      credentialKind: null,
      credentialId: null,
    }
  }
  return {
    organizationId: caller.organizationId,
    actorKind: caller.kind,
    actorId: caller.id,
    actorName: caller.name,
    credentialKind: caller.kind === "person" ? caller.via : "access_token",
    credentialId: caller.credentialId,
  }
}

/** Makes the links of one chain: what `db/audit-log.ts` is given to number and hash rows with, under the head's lock. */
export function linkWith(
  auditKey: Key,
): (row: AuditRow, seq: bigint, at: Date, previous: Uint8Array) => LinkedAuditRow {
  return (row, seq, at, previous) => ({ ...row, seq, at, previous, hash: hashOf(auditKey, row, seq, at, previous) })
}

export function hashOf(auditKey: Key, row: AuditRow, seq: bigint, at: Date, previous: Uint8Array): Uint8Array {
  const place = lengthPrefixed([row.organizationId, seq.toString()])
  const json = canonicalRow(row, at)
  // Put together in place: a text takes three bytes of UTF-8 for each of its units at the most.
  const whole = Buffer.allocUnsafe(1 + place.byteLength + previous.byteLength + 3 * json.length)
  whole[0] = leafMark
  whole.set(place, 1)
  whole.set(previous, 1 + place.byteLength)
  const jsonAt = 1 + place.byteLength + previous.byteLength
  return keyedHash(auditKey, whole.subarray(0, jsonAt + whole.write(json, jsonAt, "utf8")))
}

const leafMark = 0

/** `canonicalJson` of a row with its time. Every disclosure makes one, so its keys are put in order here, once. */
function canonicalRow(row: AuditRow, at: Date): string {
  const inOrder: Record<keyof AuditRow | "at", unknown> = {
    action: row.action,
    actorId: row.actorId,
    actorKind: row.actorKind,
    actorName: row.actorName,
    address: row.address,
    at: at.toISOString(),
    class: row.class,
    credentialId: row.credentialId,
    credentialKind: row.credentialKind,
    details: inOrderOfKeys(row.details),
    organizationId: row.organizationId,
    outcome: row.outcome,
    reason: row.reason,
    requestId: row.requestId,
    scope: row.scope,
    scopeId: row.scopeId,
    secretId: row.secretId,
    secretName: row.secretName,
    targetId: row.targetId,
    targetKind: row.targetKind,
    targetName: row.targetName,
    vault: row.vault,
    version: row.version,
  }
  return JSON.stringify(inOrder)
}

function inOrderOfKeys(details: AuditRow["details"]): AuditRow["details"] {
  // Most events have none or one.
  let count = 0
  for (const _ in details) count += 1
  if (count < 2) return details
  return Object.fromEntries(Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * JSON with its keys in order (RFC 8785, JSON Canonicalization Scheme). Rows hold strings, integers, booleans, null and
 * records of them, for which `JSON.stringify` already writes what the scheme asks for.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(",")}}`
}
