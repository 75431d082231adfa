/**
 * A key encryption key comes, works and goes: staged, active, retained, retired. These are acts of the operator, who has
 * the keys; each is one transaction with its event on the installation's own chain, and each is refused when anything
 * would stop working by it. Between activation and retirement `rewrapKeys` works, in every api process.
 */

import { shortCheckValue } from "../crypto/key.ts"
import type { KeyEncryptionKey, Keyring } from "../crypto/keyring.ts"
import { appendEvent } from "../db/audit-log.ts"
import type { Transaction } from "../db/database.ts"
import { type KeyState, lockInstallation } from "../db/encryption-keys.ts"
import {
  addStagedKey,
  countKeys,
  findServing,
  type KeyCount,
  type SeenProcess,
  setKeyState,
} from "../db/key-rotation.ts"
import { AppError } from "../errors.ts"
import { makeLateEntry, strongroom, systemChain } from "./audit.ts"
import type { House } from "./context.ts"

type Rotation = Pick<House, "database" | "keyring" | "writes">

export interface KeyStatus {
  label: string
  checkValue: Uint8Array
  /** `configured`: we have it, and the database doesn't know it. */
  state: KeyState | "configured"
  /** Null for one that the database doesn't know. */
  since: Date | null
  /** How many keys lie under it: organizations' of every epoch, and the installation's own. */
  rows: number
  /** Whether this process has it. */
  isHere: boolean
  /** The api processes that serve and don't have it. */
  missingAt: readonly string[]
}

export interface RotationStatus {
  keys: readonly KeyStatus[]
  /** How many api processes serve. */
  processes: number
}

/** Every key, its state, what lies under it and who doesn't have it. */
export async function describeKeys({
  database: { prisma },
  keyring,
}: Omit<Rotation, "writes">): Promise<RotationStatus> {
  const [known, serving] = await Promise.all([countKeys(prisma), findServing(prisma)])
  const stored = known.map((key): KeyStatus => {
    const missingAt = without(serving, key.checkValue).map(nameOf)
    const { id: label, checkValue, state, stateSince: since } = key
    return {
      label,
      checkValue,
      state,
      since,
      rows: rowsOf(key),
      isHere: keyring.find(checkValue) !== undefined,
      missingAt,
    }
  })
  const configured = unknownKeys(keyring, known).map(({ label, key: { checkValue } }): KeyStatus => {
    const missingAt = without(serving, checkValue).map(nameOf)
    return { label, checkValue, state: "configured", since: null, rows: 0, isHere: true, missingAt }
  })
  return { keys: [...configured, ...stored], processes: serving.length }
}

/**
 * Makes a configured key the next one: nothing is wrapped under it yet. `label` names one of several that the database
 * doesn't know. Answers the key's label. Staging what is staged changes nothing.
 */
export async function stageKey(rotation: Rotation, label: string | undefined): Promise<string> {
  return act(rotation, async (tx, known) => {
    const candidate = candidateOf(rotation.keyring, known, label)
    const staged = known.find(({ state }) => state === "staged")
    if (staged !== undefined && isSame(staged.checkValue, candidate.key.checkValue)) return { label: staged.id }
    if (staged !== undefined) throw conflict(`"${staged.id}" is staged already. Activate it, or retire it first.`)
    const { checkValue } = candidate.key
    const before = known.find((key) => isSame(key.checkValue, checkValue))
    if (before !== undefined) await setKeyState(tx, before.id, "staged")
    else if (known.some(({ id }) => id === candidate.label)) {
      throw conflict(`Another key was called "${candidate.label}". Give the new one another label: label:key.`)
    } else await addStagedKey(tx, { id: candidate.label, checkValue })
    return { label: before?.id ?? candidate.label, did: "kek.stage", checkValue }
  })
}

/**
 * Lets the staged key wrap from now on; the one before only unwraps. Refused while an api process serves that doesn't
 * have it, since that one could soon read nothing. Answers the key's label.
 */
export async function activateKey(rotation: Rotation): Promise<string> {
  return act(rotation, async (tx, known) => {
    const staged = known.find(({ state }) => state === "staged")
    const active = known.find(({ state }) => state === "active")
    if (staged === undefined) throw conflict("No key is staged. Configure a new one, and stage it first.")
    rotation.keyring.expect(staged.id, staged.checkValue)
    const lacking = without(await findServing(tx), staged.checkValue)
    if (lacking.length > 0) throw lacksKey(staged, lacking)
    if (active !== undefined) await setKeyState(tx, active.id, "retained")
    await setKeyState(tx, staged.id, "active")
    return {
      label: staged.id,
      did: "kek.activate",
      checkValue: staged.checkValue,
      details: { before: active?.id ?? null },
    }
  })
}

/**
 * Ends a key that nothing lies under any more, or one that was staged and isn't wanted. Refused while it is needed. Answers
 * the key's label. Backups from before may need it still: each names the keys that it needs.
 */
export async function retireKey(rotation: Rotation, label: string): Promise<string> {
  return act(rotation, async (tx, known) => {
    const key = known.find(({ id }) => id === label)
    if (key === undefined) throw conflict(`The database knows no key "${label}". See: npm run kek -- status`)
    if (key.state === "retired") return { label }
    if (key.state === "active") throw conflict(`"${label}" is the active key. Stage and activate another one first.`)
    if (rowsOf(key) > 0) throw stillNeeded(key)
    await setKeyState(tx, label, "retired")
    return { label, did: "kek.retire", checkValue: key.checkValue, details: { was: key.state } }
  })
}

interface Act {
  label: string
  /** The event's action; nothing was done without one. */
  did?: string
  checkValue?: Uint8Array
  details?: Readonly<Record<string, string | null>>
}

/** No two acts, and no start of a process, at the same time. */
async function act(
  { database, writes }: Rotation,
  work: (tx: Transaction, known: readonly KeyCount[]) => Promise<Act>,
): Promise<string> {
  return database.prisma.$transaction(async (tx) => {
    await lockInstallation(tx)
    const { label, did, checkValue, details } = await work(tx, await countKeys(tx))
    if (did === undefined) return label
    const header = { action: did, class: "change", outcome: "done", reason: null } as const
    const entry = makeLateEntry(header, strongroom(systemChain, "The operator"), {
      target: { kind: "kek", id: label, name: label },
      details: { ...details, ...(checkValue && { checkValue: shortCheckValue(checkValue) }) },
    })
    await appendEvent(tx, entry, writes.link)
    return label
  })
}

/** The configured key that is meant: one that was never there, or was retired. */
function candidateOf(keyring: Keyring, known: readonly KeyCount[], label: string | undefined): KeyEncryptionKey {
  const staged = known.filter(({ state }) => state === "staged" || state === "retired")
  const mayBe = [
    ...unknownKeys(keyring, known),
    ...staged.flatMap(({ id, checkValue }) => {
      const found = keyring.find(checkValue)
      return found === undefined ? [] : [{ label: id, key: found.key }]
    }),
  ]
  const [first, ...others] = label === undefined ? mayBe : mayBe.filter((each) => each.label === label)
  if (first === undefined) {
    throw conflict(
      label === undefined
        ? "Every configured key is known already. Put a new one into STRONGROOM_KEK or its file first: label:new,label:old"
        : `No key "${label}" is configured that could be staged. See: npm run kek -- status`,
    )
  }
  if (others.length > 0) {
    throw conflict(`Several keys could be staged: ${mayBe.map((each) => each.label).join(", ")}. Say which one.`)
  }
  return first
}

function unknownKeys(keyring: Keyring, known: readonly KeyCount[]): KeyEncryptionKey[] {
  return keyring.all.filter(({ key }) => known.every(({ checkValue }) => !isSame(checkValue, key.checkValue)))
}

function without(serving: readonly SeenProcess[], checkValue: Uint8Array): SeenProcess[] {
  return serving.filter(({ checkValues }) => !checkValues.some((each) => isSame(each, checkValue)))
}

function nameOf({ host, pid, seenSecondsAgo }: SeenProcess): string {
  return `process ${pid} on ${host} (heard of ${seenSecondsAgo} s ago)`
}

function rowsOf({ organizationKeys, installationKeys }: KeyCount): number {
  return organizationKeys + installationKeys
}

/** Check values aren't secret. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function lacksKey({ id }: KeyCount, lacking: readonly SeenProcess[]): AppError {
  return conflict(
    `These serve without the key "${id}": ${lacking.map(nameOf).join(", ")}. Give it to them and start them again. ` +
      "One that was killed counts for half a minute more.",
  )
}

function stillNeeded(key: KeyCount): AppError {
  return conflict(
    `"${key.id}" is still needed: ${key.organizationKeys} keys of organizations and ${key.installationKeys} of the ` +
      "installation lie under it. Api processes wrap them anew while they run; see: npm run kek -- status",
  )
}

function conflict(message: string): AppError {
  return new AppError("conflict", message)
}
