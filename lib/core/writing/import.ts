/**
 * Importing: each row of a batch stands for itself, and can be sent again under its own key. A row that writes leaves an
 * event of its own, as the same write by hand would (`secret.create` or `version.write`), so that a secret's audit tells
 * where it comes from; the batch as a whole leaves `import.run` with the counts.
 */

import type { ParsedInputOf } from "../../contract/api.ts"
import type { ImportPreviewRow, ImportResultRow } from "../../contract/dto.ts"
import { fold, secretName } from "../../contract/names.ts"
import { operations } from "../../contract/operations.ts"
import { keyedHash } from "../../crypto/key.ts"
import { fingerprint } from "../../crypto/keyring.ts"
import * as keys from "../../db/idempotency-keys.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError, isAppError } from "../../errors.ts"
import type { Secret } from "../../secret.ts"
import { canonicalJson, type EventFacts, makeEntry } from "../audit.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { environmentNameProblem } from "../secrets/environment-name.ts"
import { createIn } from "./create-secret.ts"
import type { NewVersion } from "./new-version.ts"
import { nameTaken, unknownYet } from "./refusals.ts"
import { findTarget } from "./targets.ts"
import { type WriteEnd, type WriteOptions, writeTo } from "./write.ts"

/** The most that the values of one batch may have together, in bytes: no state of ours outlives it. */
const mostBytes = 100 * 1024

const previewImport: UseCase<"previewImport"> = async (context, { scope: path, vault, names }) => {
  const { scope } = await authorize(context, "secret.write", path)
  const earlier = repeated(names)
  const rows = await Promise.all(
    names.map((name, index) => previewRow(context, scope, { vault, name, isRepeated: earlier[index] === true })),
  )
  return { rows }
}

const runImport: UseCase<"runImport"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.write", input.scope)
  await findTarget(context, scope, { vault: input.vault, name: "-" })
  if (input.rows.reduce((sum, row) => sum + sizeOf(row), 0) > mostBytes) throw batchTooLarge()
  const results = await inOrderOfNames(input.rows, ({ value, ...row }) =>
    "secret" in value
      ? runOnce(context, scope, input, { ...row, secret: value.secret })
      : Promise.resolve(failed(row, value.problem)),
  )
  context.about({ details: countOutcomes(results) })
  return { rows: results }
}

export const importing: UseCases<"previewImport" | "runImport"> = { previewImport, runImport }

type InputRow = ParsedInputOf<"runImport">["rows"][number]
type Row = Omit<InputRow, "value"> & { secret: Secret }
type Batch = Pick<ParsedInputOf<"runImport">, "vault" | "note">

// --- preview

async function previewRow(
  context: Context,
  scope: ScopeRef,
  { vault, name, isRepeated }: { vault: string; name: string; isRepeated: boolean },
): Promise<ImportPreviewRow> {
  const problem = problemOfName(name) ?? (isRepeated ? "This name is in the list twice; the first one counts." : null)
  if (problem !== null) return { name, state: "invalid", problem }
  const { secret } = await findTarget(context, scope, { vault, name })
  if (secret === null) return { name, state: "new", problem: null }
  if (secret.state !== "deleted") return { name, state: "exists", problem: null }
  return { name, state: "deleted", problem: nameTaken(`${scope.path}/${vault}`, name, secret).message }
}

function problemOfName(name: string): string | null {
  const ofName = secretName.safeParse(name).error?.issues[0]?.message
  return ofName ?? environmentNameProblem({ name, envName: null }) ?? null
}

function repeated(names: readonly string[]): boolean[] {
  const seen = new Set<string>()
  return names.map((name) => {
    const folded = fold(name)
    const isRepeated = seen.has(folded)
    seen.add(folded)
    return isRepeated
  })
}

// --- running

/** Rows of one name follow each other as they stand in the batch; the others run side by side. */
async function inOrderOfNames(
  rows: readonly InputRow[],
  run: (row: InputRow) => Promise<ImportResultRow>,
): Promise<ImportResultRow[]> {
  const last = new Map<string, Promise<unknown>>()
  return Promise.all(
    rows.map((row) => {
      const name = fold(row.name)
      const result = (last.get(name) ?? Promise.resolve()).then(() => run(row))
      last.set(name, result)
      return result
    }),
  )
}

/** A row's result; when its key was used for the same row before, the result that it had then. */
async function runOnce(context: Context, scope: ScopeRef, batch: Batch, row: Row): Promise<ImportResultRow> {
  const { prisma } = context.house.database
  const use = await keyOf(context, scope, batch, row)
  const claim = await keys.claim(prisma, use)
  if (claim.state === "answered") return claim.response as ImportResultRow // as it was stored below
  if (claim.state === "other_request") return failed(row, "This row's key was used for another row. Use a new one.")
  if (claim.state === "under_way") return failed(row, "This row is being imported already. Look again in a moment.")
  if (claim.state === "done_unanswered") return failed(row, carriedOut)
  let result: ImportResultRow | undefined
  try {
    result = await runRow(context, scope, batch, row, use)
    return result
  } finally {
    // What failed can be sent again under the same key.
    if (result === undefined || result.outcome === "failed") await keys.release(prisma, use)
    else await keys.keepAnswer(prisma, use, result)
  }
}

const carriedOut =
  "This row was imported, but what came of it is lost. Look at the secret before you send the row under a new key."

async function keyOf({ house, caller }: Context, scope: ScopeRef, batch: Batch, row: Row): Promise<keys.KeyUse> {
  const { secret, key, ...rest } = row
  const { organizationId } = scope
  const { fingerprintKey } = await house.organizationKeys.current(organizationId)
  const ofValue = fingerprint(fingerprintKey, `import ${key}`, secret)
  const ofRest = Buffer.from(canonicalJson([scope.id, batch.vault, batch.note, { ...rest }]), "utf8")
  return {
    organizationId,
    callerId: caller.kind === "nobody" ? organizationId : caller.id,
    key,
    operation: "runImport.row",
    requestHash: keyedHash(house.installationKeys.requestHash, ofValue, ofRest),
  }
}

async function runRow(
  context: Context,
  scope: ScopeRef,
  batch: Batch,
  row: Row,
  keyUse: keys.KeyUse,
): Promise<ImportResultRow> {
  const problem = problemOfName(row.name)
  if (problem !== null) return failed(row, problem)
  try {
    return await importRow(context, scope, batch, row, keyUse)
  } catch (error) {
    if (isAppError(error)) return failed(row, error.message)
    throw error
  }
}

async function importRow(
  context: Context,
  scope: ScopeRef,
  batch: Batch,
  row: Row,
  keyUse: keys.KeyUse,
): Promise<ImportResultRow> {
  const { vault, note } = batch
  const { name, category = null, description = "" } = row
  const { vaultId, secret: existing } = await findTarget(context, scope, { vault, name })
  const version = { value: row.secret, origin: "imported", sourceVersion: null, note, publicKey: null } as const
  if (existing === null) {
    const metadata = { category, description, owner: null, envName: null, rotationDays: null }
    const event = eventOfRow(context, scope, "createSecret", { vault })
    const end = await createIn(context, scope, { vault, vaultId, name, ...metadata, version, event, keyUse })
    return toResult(name, "created", end)
  }
  if (existing.state === "deleted") throw nameTaken(`${scope.path}/${vault}`, name, existing)
  if (row.onExisting === "skip") return { name, outcome: "skipped", version: existing.currentVersion, problem: null }
  return writeOver(context, scope, existing, { vault, version, keyUse })
}

async function writeOver(
  context: Context,
  scope: ScopeRef,
  secret: TargetSecret,
  { vault, version, keyUse }: { vault: string; version: NewVersion; keyUse: keys.KeyUse },
): Promise<ImportResultRow> {
  const event = eventOfRow(context, scope, "writeVersion", { vault, secret: { id: secret.id, name: secret.name } })
  const end = await writeTo(context, scope, secret, {
    kind: "writeVersion",
    version,
    event,
    keyUse,
    expectedVersion: undefined,
  })
  return toResult(secret.name, "written", end)
}

/** The event of the write that a row comes to, under the import's request. */
function eventOfRow(
  { caller, request }: Context,
  scope: ScopeRef,
  kind: "createSecret" | "writeVersion",
  target: EventFacts,
): WriteOptions["event"] {
  const header = { ...operations[kind].audit, outcome: "done", reason: null } as const
  const at = { scope: { id: scope.id, path: scope.path }, ...target, details: { imported: true } }
  return (facts) => makeEntry(header, caller, request, { ...at, ...facts })
}

// --- results

function toResult(name: string, outcome: "created" | "written", end: WriteEnd): ImportResultRow {
  if (end.outcome === "unknown") return failed({ name }, unknownYet(name).message)
  return { name, outcome, version: end.number, problem: null }
}

function sizeOf({ value }: InputRow): number {
  return "secret" in value ? value.secret.size : 0
}

function failed({ name }: { name: string }, problem: string): ImportResultRow {
  return { name, outcome: "failed", version: null, problem }
}

function countOutcomes(results: readonly ImportResultRow[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function batchTooLarge(): AppError {
  return new AppError("too_large", "A batch may hold 100 KiB of values. Send the rows in smaller batches.")
}
