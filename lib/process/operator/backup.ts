/** `backup FILE`: everything in the database as it is at one moment, sealed. Strongroom may run meanwhile. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { openHouse } from "../../core/open-house.ts"
import { openDatabase } from "../../db/database.ts"
import { hexOf, writeBackup } from "../backup/file.ts"
import { takeSnapshot } from "../backup/snapshot.ts"
import { onConnection } from "../connection.ts"
import { type Command, exitCodes, UsageError } from "./command.ts"
import { reachDatabase, reachKeyring } from "./reach.ts"

export const backup: Command = async ({ args: [file, ...more], settings, print, tell }) => {
  if (file === undefined || more.length > 0 || file.startsWith("-")) throw new UsageError("Use: backup FILE.")
  const path = resolve(file)
  if (existsSync(path)) throw new UsageError(`${path} is there already, and nothing is written over it.`)
  await using reached = await reachDatabase(settings)
  const keyring = await activeFirst(reached.appUrl, reachKeyring(settings))
  await onConnection(reached.ownerUrl, async (client) => {
    const snapshot = await takeSnapshot(client)
    if (snapshot === undefined)
      throw new Error("No Strongroom was ever started on this database: there is nothing to back up.")
    const { takenAt, instanceId, needs, contents } = snapshot
    const facts = {
      takenAt: takenAt.toISOString(),
      instanceId,
      version: productVersion(),
      needs: needs.map(({ label, checkValue }) => ({ label, checkValue: hexOf(checkValue) })),
    }
    await writeBackup(path, keyring, facts, snapshot.lines(progressOf(contents.tables, tell)))
    const rows = contents.tables.reduce((sum, table) => sum + table.rows, 0)
    print(
      `${path}: ${rows} rows of ${contents.tables.length} tables, as of ${facts.takenAt}, ${statSync(path).size} bytes.`,
    )
    print(
      `It needs the key ${needs.map(({ label }) => `"${label}"`).join(" and ")}, which isn't in it. Try it: npm run restore -- --drill ${file}`,
    )
  })
  return exitCodes.done
}

/** The keys as the database knows them. A key that isn't the database's is refused here. */
async function activeFirst(
  appUrl: string,
  keyring: ReturnType<typeof reachKeyring>,
): Promise<ReturnType<typeof reachKeyring>> {
  await using database = openDatabase({ url: appUrl, connections: 1 })
  const house = await openHouse({ database, keyring, publicUrl: "", identityProviders: [], production: true })
  return house.keyring
}

/** Tells of a table when all of it was read, and of a long one now and then. */
function progressOf(
  tables: readonly { name: string; rows: number }[],
  tell: (line: string) => void,
): (table: string, read: number) => void {
  const total = new Map(tables.map(({ name, rows }) => [name, rows]))
  let toldAt = performance.now()
  return (table, read) => {
    const isDone = read === total.get(table)
    if (!isDone && performance.now() - toldAt < 2_000) return
    toldAt = performance.now()
    tell(`${table}: ${read} of ${total.get(table) ?? read} rows`)
  }
}

function productVersion(): string {
  const file = readFileSync(join(import.meta.dirname, "..", "..", "..", "package.json"), "utf8")
  return (JSON.parse(file) as { version: string }).version // our own file
}
