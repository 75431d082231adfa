/** `kek status|stage|activate|retire`: the rotation of the key encryption key, as docs/operate.md tells it. */
import type { House } from "../../core/context.ts"
import {
  activateKey,
  describeKeys,
  type KeyStatus,
  type RotationStatus,
  retireKey,
  stageKey,
} from "../../core/key-rotation.ts"
import { openHouse } from "../../core/open-house.ts"
import { shortCheckValue } from "../../crypto/key.ts"
import { openDatabase } from "../../db/database.ts"
import { type Command, exitCodes, UsageError } from "./command.ts"
import { reachDatabase, reachKeyring } from "./reach.ts"

const usage = "Use: kek status, kek stage [LABEL], kek activate, or kek retire LABEL."

export const kek: Command = async ({ args: [act = "status", label, ...more], settings, print }) => {
  const work = more.length === 0 ? workOf(act, label) : undefined
  if (work === undefined) throw new UsageError(usage)
  await using reached = await reachDatabase(settings)
  await using database = openDatabase({ url: reached.appUrl, connections: 2 })
  const keyring = reachKeyring(settings)
  const house = await openHouse({ database, keyring, publicUrl: "", identityProviders: [], production: true })
  for (const line of await work(house)) print(line)
  return exitCodes.done
}

type Work = (house: House) => Promise<string[]>

function workOf(act: string, label: string | undefined): Work | undefined {
  if (act === "status" && label === undefined) return async (house) => tableOf(await describeKeys(house))
  if (act === "stage") return (house) => stage(house, label)
  if (act === "activate" && label === undefined) return activate
  if (act === "retire" && label !== undefined) return (house) => retire(house, label)
  return undefined
}

async function stage(house: House, label: string | undefined): Promise<string[]> {
  const staged = await stageKey(house, label)
  return [`"${staged}" is staged. Give it to every api process, then: npm run kek -- activate`]
}

async function activate(house: House): Promise<string[]> {
  const active = await activateKey(house)
  return [
    `"${active}" is active. Api processes now wrap anew what lies under earlier keys; npm run kek -- status tells how far they are.`,
  ]
}

async function retire(house: House, label: string): Promise<string[]> {
  const retired = await retireKey(house, label)
  return [
    `"${retired}" is retired: take it out of STRONGROOM_KEK or its file.`,
    "Backups that were made until now may need it. Keep a copy of it as long as you keep them.",
  ]
}

function tableOf({ keys, processes }: RotationStatus): string[] {
  const head = ["key", "check value", "state", "since", "lies under it", "here"]
  const rows = [head, ...keys.map(rowOf)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
  return [...lines, "", `${processes} api processes serve.`, ...keys.flatMap(missing)]
}

function rowOf({ label, checkValue, state, since, rows, isHere }: KeyStatus): string[] {
  const when = since === null ? "" : timeOf(since)
  return [label, `${shortCheckValue(checkValue)}…`, state, when, `${rows} keys`, isHere ? "yes" : "no"]
}

/** Who doesn't have a key that is needed, or soon is. */
function missing({ label, state, missingAt }: KeyStatus): string[] {
  return state === "retired" ? [] : missingAt.map((who) => `"${label}" isn't there at ${who}.`)
}

function timeOf(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z")
}
