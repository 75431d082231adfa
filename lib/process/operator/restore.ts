/**
 * `restore FILE` into an empty database; `restore --drill FILE` into one that is thrown away, to see that everything in
 * the backup opens; `restore --after` on a database that was restored by other means.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Inspected } from "../../core/inspect.ts"
import { inspectEverything, isGood } from "../../core/inspect.ts"
import { openHouse } from "../../core/open-house.ts"
import { endWhatWasHandedOut, type Restored } from "../../core/restored.ts"
import { openDatabase } from "../../db/database.ts"
import { type OpenedBackup, openBackup } from "../backup/file.ts"
import { restoreBackup } from "../backup/restore.ts"
import { onConnection } from "../connection.ts"
import { startEmbeddedPostgres } from "../embedded-postgres.ts"
import { LockHeldError, takeLock } from "../exclusive-lock.ts"
import { runMigrations } from "../migrations.ts"
import { socketFolderOf } from "../private-folder.ts"
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts"
import { reachDatabase, reachKeyring } from "./reach.ts"

const usage = "Use: restore FILE, restore --drill FILE, or restore --after (once pg_restore is done)."

export const restore: Command = async (context) => {
  const [first, second, ...more] = context.args
  if (more.length > 0 || first === undefined) throw new UsageError(usage)
  if (first === "--after" && second === undefined) return after(context)
  if (first === "--drill" && second !== undefined) return drill(context, resolve(second))
  if (first.startsWith("-") || second !== undefined) throw new UsageError(usage)
  return restoreFrom(context, resolve(first))
}

async function restoreFrom(context: CommandContext, path: string): Promise<number> {
  const { settings, migrations, print, tell } = context
  const keyring = reachKeyring(settings)
  const backup = await openBackup(path, keyring)
  await using stack = new AsyncDisposableStack()
  const ownerUrl = settings.database?.ownerUrl ?? (await emptyEmbedded(settings.dataFolder, stack))
  const restored = await restoreBackup(backup, { ownerUrl, migrations, keyring, tell })
  for (const line of wordsOf(backup, restored)) print(line)
  return exitCodes.done
}

/** The embedded database, kept from being started by others until we are done. */
async function emptyEmbedded(dataFolder: string, stack: AsyncDisposableStack): Promise<string> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  try {
    stack.use(await takeLock(join(dataFolder, "strongroom.lock")))
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error
    throw new Error(
      `Strongroom runs on ${dataFolder}. Stop it first, or restore into a folder of its own: STRONGROOM_DATA.`,
      { cause: error },
    )
  }
  const postgres = await startEmbeddedPostgres({ folder: dataFolder })
  stack.defer(() => postgres.stop())
  return postgres.ownerUrl
}

/** What `restore` does at its end, on a database that pg_restore filled. */
async function after({ settings, migrations, print }: CommandContext): Promise<number> {
  const keyring = reachKeyring(settings)
  await using reached = await reachDatabase(settings)
  await runMigrations({ ownerUrl: reached.ownerUrl, folder: migrations })
  await using database = openDatabase({ url: reached.appUrl, connections: 1 })
  // The key is asked for before anything is changed.
  const house = await openHouse({ database, keyring, publicUrl: "", identityProviders: [], production: true })
  const restored = await onConnection(reached.ownerUrl, async (client) => {
    await client.query("BEGIN")
    const ended = await endWhatWasHandedOut(client, house.keyring, { takenAt: null, instanceId: house.instanceId })
    await client.query("COMMIT")
    return ended
  })
  print(endedIn(restored))
  return exitCodes.done
}

/** Restores into a Postgres of its own that is gone afterwards, and looks at everything that is in it. */
async function drill({ settings, migrations, print, tell }: CommandContext, path: string): Promise<number> {
  const keyring = reachKeyring(settings)
  const backup = await openBackup(path, keyring)
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), "strongroom-drill-"))
  stack.defer(() => {
    for (const each of [folder, socketFolderOf(folder, "postgres")]) rmSync(each, { recursive: true, force: true })
  })
  const settingsOfIt = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
  const postgres = await startEmbeddedPostgres({ folder, settings: settingsOfIt })
  stack.defer(() => postgres.stop())
  const { ownerUrl, appUrl } = postgres
  const restored = await restoreBackup(backup, { ownerUrl, migrations, keyring, tell })
  await using database = openDatabase({ url: appUrl, connections: 2 })
  const house = await openHouse({ database, keyring, publicUrl: "", identityProviders: [], production: true })
  const all = await inspectEverything(house, ({ organization }) => tell(`${organization}: looked at everything`))
  for (const line of [...reportOf(backup, all), endedIn(restored).replace("ended:", "would end:")]) print(line)
  return isGood(all) ? exitCodes.done : exitCodes.drillFailed
}

function wordsOf({ header }: OpenedBackup, restored: Restored): string[] {
  return [
    `Restored what was there at ${header.takenAt}.`,
    endedIn(restored),
    "What was revoked or taken away since then is back: look at roles and grants before you start.",
  ]
}

function endedIn({ organizations, sessions, personalTokens, accessTokens, invitations }: Restored): string {
  return (
    `In ${organizations} organizations ended: ${sessions} sessions, ${personalTokens} personal tokens, ` +
    `${accessTokens} access tokens, ${invitations} invitations.`
  )
}

function reportOf({ header }: OpenedBackup, all: readonly Inspected[]): string[] {
  const keys = header.needs.map(({ label, checkValue }) => `${label} (${checkValue.slice(0, 8)}…)`).join(", ")
  const lines = all.flatMap(({ organization, values, credentials, chain }) => [
    `${organization}: ${opened(values)} values and ${opened(credentials)} credentials open; ${chainWords(chain)}`,
    ...[...values.bad, ...credentials.bad].map((what) => `  doesn't open: ${what}`),
  ])
  const verdict = isGood(all)
    ? "The drill went well: everything in the backup opens, and every audit chain is whole."
    : "The drill FAILED: see above. Take another backup, and keep this one and the database as they are."
  return [
    `Backup of ${header.takenAt}, release ${header.version}. Keys that it needs, and that are here: ${keys}.`,
    ...lines,
    verdict,
  ]
}

function opened({ good, bad }: Inspected["values"]): string {
  return `${good} of ${good + bad.length}`
}

function chainWords(chain: Inspected["chain"]): string {
  if ("events" in chain) return `its audit chain of ${chain.events} events is whole`
  return `its audit chain is broken at event ${chain.brokenAt} (${chain.because})`
}
