/**
 * An installation to measure: a database of its own, with Postgres's usual fsync, and the real API process before it.
 * Everything of it is gone when its block ends.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { House } from "../../lib/core/context.ts"
import { openHouse } from "../../lib/core/open-house.ts"
import { newKeyEncryptionKeyText, parseKeyEncryptionKeys } from "../../lib/crypto/configured-keys.ts"
import { Keyring } from "../../lib/crypto/keyring.ts"
import { type Database, openDatabase } from "../../lib/db/database.ts"
import { startEmbeddedPostgres } from "../../lib/process/embedded-postgres.ts"
import { runMigrations } from "../../lib/process/migrations.ts"
import { socketFolderOf } from "../../lib/process/private-folder.ts"
import { freePort } from "../../lib/testing/servers.ts"
import { start } from "./processes.ts"

type HouseOptions = Partial<Parameters<typeof openHouse>[0]>

export interface Installation extends AsyncDisposable {
  /** Signs in as the application does. */
  appUrl: string
  /** The key that its organizations' keys are wrapped under. */
  kek: string
  /** The process id of Postgres. */
  postmaster: number
  /** What every process of it is told: where the others are, and where people reach it. */
  addresses: Readonly<Record<"HOST" | "PORT" | "PUBLIC_URL" | "STRONGROOM_API_URL" | "STRONGROOM_CONSOLE_URL", string>>
  port: number
  /** Fills it from this process, as core does; then lets Postgres look over its tables, as it has long done elsewhere. */
  fill<Result>(work: (house: House) => Promise<Result>, options?: HouseOptions): Promise<Result>
  /** With the rights of the tables' owner. */
  asOwner<Result>(work: (database: Database) => Promise<Result>): Promise<Result>
  startApi(options?: { env?: Record<string, string>; profile?: string | undefined }): ReturnType<typeof start>
}

export async function anInstallation(): Promise<Installation> {
  const root = join(import.meta.dirname, "..", "..")
  const folder = mkdtempSync(join(tmpdir(), "strongroom-bench-"))
  const postgres = await startEmbeddedPostgres({ folder })
  await runMigrations({ ownerUrl: postgres.ownerUrl, folder: join(root, "prisma", "migrations") })
  const { appUrl, ownerUrl } = postgres
  const kek = newKeyEncryptionKeyText()
  const port = await freePort()
  const addresses = {
    HOST: "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STRONGROOM_API_URL: `unix:${join(folder, "api.sock")}`,
    STRONGROOM_CONSOLE_URL: `unix:${join(folder, "console.sock")}`,
  }
  const asOwner: Installation["asOwner"] = async (work) => {
    await using database = openDatabase({ url: ownerUrl })
    return await work(database)
  }
  return {
    appUrl,
    kek,
    port,
    addresses,
    asOwner,
    postmaster: Number(readFileSync(join(folder, "postgres", "postmaster.pid"), "utf8").split("\n")[0]),
    fill: async (work, options) => {
      const result = await fill(appUrl, kek, work, options)
      await asOwner((owner) => owner.pool.query("ANALYZE"))
      return result
    },
    startApi: ({ env, profile } = {}) => {
      const own = { DATABASE_URL: appUrl, STRONGROOM_KEK: kek }
      return start(join(root, "lib", "process", "api.ts"), { ...addresses, ...own, ...env }, profile)
    },
    [Symbol.asyncDispose]: async () => {
      await postgres.stop()
      for (const path of [folder, socketFolderOf(folder, "postgres")]) rmSync(path, { recursive: true, force: true })
    },
  }
}

async function fill<Result>(
  url: string,
  kek: string,
  work: (house: House) => Promise<Result>,
  options?: HouseOptions,
): Promise<Result> {
  await using database = openDatabase({ url })
  const house = await openHouse({
    database,
    keyring: new Keyring(parseKeyEncryptionKeys(kek)),
    publicUrl: "http://127.0.0.1",
    identityProviders: [],
    production: true,
    ...options,
  })
  return await work(house)
}
