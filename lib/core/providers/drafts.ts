/**
 * Checks before anything is saved. A draft holds what was tried and what was found, never a credential: only a keyed
 * hash of both, by which saving knows that just this was checked.
 */
import { timingSafeEqual } from "node:crypto"
import { z } from "zod"
import type { CheckReport, ProviderDraft } from "../../contract/dto.ts"
import { lengthPrefixed } from "../../crypto/aead.ts"
import { deriveKey, keyedHash } from "../../crypto/key.ts"
import { fingerprint } from "../../crypto/keyring.ts"
import { newId } from "../../db/ids.ts"
import {
  addDraft,
  addLine,
  type DraftResult,
  draftDays,
  findDraft,
  finishDraft,
  listDrafts,
  type StoredDraft,
} from "../../db/provider-drafts.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import type { CheckLine, CheckResult, Credential, RemoteProvider, Settings } from "../../providers/provider.ts"
import { canonicalJson } from "../audit.ts"
import { authorize } from "../authorize.ts"
import type { House, UseCase, UseCases } from "../context.ts"
import { guess } from "../identity/guessing.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { parseSettings, requireCredential } from "./settings-input.ts"
import { failedLine, failuresIn, nothingFound, tryOut } from "./trying.ts"

/** How long a passed check allows to save what it checked. */
const goodForMinutes = 15

/** After this long, a check that hasn't ended was cut off with the process that ran it. */
const cutOffAfterSeconds = 90

const checkProvider: UseCase<"checkProvider"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const { house } = context
  const kind = house.backends.kind(input.kind)
  const settings = parseSettings(kind, input.settings)
  requireCredential(kind, settings, input.credential)
  await guess(house, "provider checks of person", caller.id)
  const { organizationId, id: scopeId } = scope
  const id = newId()
  const target = kind.targetOf(settings)
  context.about({ target: { kind: "provider", id, name: input.name }, details: { kind: input.kind, target } })
  const checkedHash = await hashOf(house, organizationId, { kind, settings, credential: input.credential })
  await context.commit((tx) =>
    addDraft(tx, {
      organizationId,
      id,
      scopeId,
      kind: input.kind,
      name: input.name,
      settings,
      checkedHash,
      byId: caller.id,
    }),
  )
  const running = runCheck(house, { organizationId, id }, { kind, settings, credential: input.credential })
  // Whoever follows it asks for the lines; what goes wrong with them is logged there.
  if (!input.follow) await running
  return draftOf(house, scope, id)
}

const describeProviderCheck: UseCase<"describeProviderCheck"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  return draftOf(context.house, scope, input.check)
}

const listProviderChecks: UseCase<"listProviderChecks"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  const after = readCursor(input.cursor, z.strictObject({ at: keyTime, id: z.uuid() }))
  const rows = await listDrafts(context.house.database.prisma, scope, { after, limit: input.limit + 1 })
  return toPage(rows, input.limit, ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }), toDraft)
}

export const checkingProviders: UseCases<"checkProvider" | "describeProviderCheck" | "listProviderChecks"> = {
  checkProvider,
  describeProviderCheck,
  listProviderChecks,
}

/** What is checked, and saved after that. */
export interface Checked {
  kind: RemoteProvider
  settings: Settings
  credential: Credential
}

export interface PassedCheck {
  result: CheckResult
  lines: readonly CheckLine[]
}

/**
 * The check that somebody names when they save. Throws `conflict` unless it passed within the last quarter of an hour,
 * and was of these very settings and this credential.
 */
export async function requirePassedCheck(
  house: House,
  scope: ScopeRef,
  id: string,
  checked: Checked,
): Promise<PassedCheck> {
  const { organizationId, id: scopeId } = scope
  const draft = await findDraft(house.database.prisma, { organizationId, scopeId, id })
  if (draft === undefined) throw checkFirst("There is no such check in this scope.")
  if (draft.result === null) throw checkFirst("This check hasn't ended.")
  const hash = await hashOf(house, organizationId, checked)
  if (draft.kind !== checked.kind.kind || !holds(draft.checkedHash, hash)) {
    throw checkFirst("The check was of other settings, or of another credential.")
  }
  if (draft.ageSeconds > goodForMinutes * 60)
    throw checkFirst(`The check is older than ${String(goodForMinutes)} minutes.`)
  if (!draft.result.passed) throw checkFirst(`The check didn't pass. ${failuresIn(draft)}`)
  return { result: toResult(draft.result), lines: draft.lines }
}

function checkFirst(what: string): AppError {
  return new AppError("conflict", `${what} Check these settings again, then save.`, {
    fields: { check: "Check these settings first." },
  })
}

async function runCheck(house: House, draft: { organizationId: string; id: string }, checked: Checked): Promise<void> {
  const { kind, settings, credential } = checked
  let written = Promise.resolve()
  const write = (line: CheckLine): void => {
    written = written.then(() => addLine(house.database, draft, line))
    written.catch(() => undefined) // whoever ends the check hears of it
  }
  try {
    const { result, lines } = await tryOut(kind, settings, house.backends.hostForTrying(credential), write)
    const asTyped = await hashOf(house, draft.organizationId, checked)
    const asFound = await hashOf(house, draft.organizationId, { ...checked, settings: result.settings })
    await written
    const checkedHash = Buffer.concat([asTyped, asFound])
    await finishDraft(house.database, draft, { result: toDraftResult(result), lines, checkedHash })
  } catch (error) {
    log.error("what a check found couldn't be kept", { error: describeError(error) })
  } finally {
    for (const secret of Object.values(credential)) secret.wipe()
  }
}

/** HMAC over kind, settings and credential, under a key of the organization's that serves this alone. */
async function hashOf(house: House, organizationId: string, { kind, settings, credential }: Checked): Promise<Buffer> {
  const { key } = await house.organizationKeys.current(organizationId)
  const checkKey = deriveKey(key, "strongroom/v1 provider-check")
  const what = canonicalJson([kind.kind, settings])
  const fields = Object.entries(credential)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, secret]) => fingerprint(checkKey, name, secret))
  return keyedHash(checkKey, lengthPrefixed([what, ...fields]))
}

function holds(hashes: Uint8Array, hash: Buffer): boolean {
  const length = hash.byteLength
  for (let at = 0; at + length <= hashes.byteLength; at += length) {
    if (timingSafeEqual(hashes.subarray(at, at + length), hash)) return true
  }
  return false
}

async function draftOf(house: House, { organizationId, id: scopeId }: ScopeRef, id: string): Promise<ProviderDraft> {
  const draft = await findDraft(house.database.prisma, { organizationId, scopeId, id })
  if (draft === undefined) {
    throw new AppError(
      "not_found",
      `This scope has no such check. A check is forgotten after ${String(draftDays)} days.`,
    )
  }
  return toDraft(draft)
}

function toDraft(draft: StoredDraft): ProviderDraft {
  const { id, kind, name, settings, result, byId, byName, createdAt } = draft
  const lines = isCutOff(draft) ? [...draft.lines, cutOff] : draft.lines
  return {
    id,
    kind,
    name,
    settings: result?.settings ?? settings,
    lines,
    report: reportOf(draft, lines),
    by: { kind: "person", id: byId, name: byName ?? "Somebody who is gone" },
    createdAt: createdAt.toISOString(),
    until: new Date(createdAt.getTime() + draftDays * 86_400_000).toISOString(),
  }
}

function isCutOff({ result, ageSeconds }: StoredDraft): boolean {
  return result === null && ageSeconds > cutOffAfterSeconds
}

const cutOff: CheckLine = failedLine("check", "The check was cut off before it ended.", "Check again.")

function reportOf(draft: StoredDraft, lines: CheckLine[]): CheckReport | null {
  const { result, finishedAt, createdAt } = draft
  const at = (finishedAt ?? createdAt).toISOString()
  if (result !== null) {
    const { settings: _, clusterId: __, ...report } = result
    return { ...report, at, lines }
  }
  if (!isCutOff(draft)) return null
  return {
    at,
    status: "unreachable",
    passed: false,
    canWrite: false,
    lines,
    ...nothingFound,
  }
}

function toDraftResult({ expiresAt, needsConsent, settings, ...result }: CheckResult): DraftResult {
  return {
    ...result,
    settings: { ...settings },
    expiresAt: expiresAt?.toISOString() ?? null,
    needsConsent: [...needsConsent],
  }
}

function toResult({ expiresAt, ...result }: DraftResult): CheckResult {
  return { ...result, expiresAt: expiresAt === null ? null : new Date(expiresAt) }
}
