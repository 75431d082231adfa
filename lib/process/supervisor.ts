/**
 * Starts everything that Strongroom is made of, in order, keeps it running, and stops it in the opposite order: the
 * database, its migrations, the keys that the installation makes for itself, then the parts, each with the variables
 * that it needs and no others.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Part, type Place, type SupervisorSettings, writePlace } from "../env.ts"
import { log } from "../log.ts"
import { type ExclusiveLock, LockHeldError, takeLock } from "./exclusive-lock.ts"
import { hasKeyEncryptionKey, keepActionsKey, keepAuthSecret, keepKeyEncryptionKey } from "./installation-keys.ts"
import { keepPostgres } from "./kept-postgres.ts"
import { runMigrations } from "./migrations.ts"
import { startPart } from "./part.ts"
import { preparePrivateFolder, socketFolderOf } from "./private-folder.ts"

export interface SupervisorOptions {
  settings: SupervisorSettings
  /** The parts to run, and the module that each is. */
  parts: Readonly<Partial<Record<Part, string>>>
  migrations: string
  development: boolean
  /** Takes each line that is meant for the person who started us. */
  announce: (line: string) => void
  /** Ends a start that is under way. */
  signal: AbortSignal
}

/** Settles when all parts serve. Throws what a person should read when they can't, with everything stopped again. */
export async function startStrongroom(options: SupervisorOptions): Promise<AsyncDisposable> {
  const { settings, parts, signal } = options
  await using started = new AsyncDisposableStack()
  mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 })
  started.use(await holdDataFolder(settings.dataFolder, "api" in parts ? "strongroom.lock" : "console.lock"))
  const given = {
    ...placesFor(settings),
    ...("api" in parts ? await prepareDatabase(options, started) : {}),
    ...("console" in parts ? consoleKeys(settings) : {}),
    NODE_ENV: options.development ? "development" : "production",
  }
  signal.throwIfAborted()

  const running = Object.entries(parts).map(([name, entry]) => {
    const environment = settings.environmentOf(name as Part, given) // the keys of `parts` are its type's
    const takeLine = (line: string, from: "stdout" | "stderr"): void => passOn(line, from, name, options.announce)
    return startPart({ name, entry, environment, takeLine })
  })
  started.defer(async () => {
    await Promise.all(running.map((part) => part.stop()))
  })
  await Promise.race([Promise.all(running.map(({ ready }) => ready)), untilAborted(signal)])
  options.announce(`Strongroom is at ${settings.publicUrl.origin}`)
  return started.move()
}

async function holdDataFolder(folder: string, name: string): Promise<ExclusiveLock> {
  try {
    return await takeLock(join(folder, name), { waitMs: 3_000 })
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error
    const who = error.holder === undefined ? "" : ` It is process ${error.holder}.`
    throw new Error(
      `Another Strongroom runs on ${folder}.${who} Stop it first, or give this one a folder of its own: STRONGROOM_DATA.`,
      { cause: error },
    )
  }
}

async function prepareDatabase(
  { settings, migrations }: SupervisorOptions,
  started: AsyncDisposableStack,
): Promise<{ DATABASE_URL: string; STRONGROOM_KEK_FILE?: string }> {
  const { dataFolder } = settings
  const { ownerUrl, appUrl } = settings.database ?? started.use(await keepPostgres(dataFolder))
  if (ownerUrl === appUrl) {
    log.warn("The application may change its own tables: set DATABASE_MIGRATION_URL to the owner's login.")
  }
  for (const name of await runMigrations({ ownerUrl, folder: migrations })) log.info("migrated", { migration: name })
  const keepsOwnKey = settings.keys === "none" || (settings.keys === "fernet" && hasKeyEncryptionKey(dataFolder))
  if (!keepsOwnKey) return { DATABASE_URL: appUrl }
  return { DATABASE_URL: appUrl, STRONGROOM_KEK_FILE: await keepKeyEncryptionKey(dataFolder, ownerUrl) }
}

function consoleKeys({ dataFolder, hasAuthSecret, hasActionsKey }: SupervisorSettings): Record<string, string> {
  return {
    ...(hasAuthSecret ? {} : { AUTH_SECRET: keepAuthSecret(dataFolder) }),
    ...(hasActionsKey ? {} : { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: keepActionsKey(dataFolder) }),
  }
}

/** Where the parts meet: sockets in a folder that only we can open, unless the operator says otherwise. */
function placesFor({ dataFolder, apiPlace, consolePlace }: SupervisorSettings): Record<string, string> {
  const socket = (name: string): Place => {
    return { socketPath: join(preparePrivateFolder(socketFolderOf(dataFolder, "parts")), `${name}.sock`) }
  }
  return {
    STRONGROOM_API_URL: writePlace(apiPlace ?? socket("api")),
    STRONGROOM_CONSOLE_URL: writePlace(consolePlace ?? socket("console")),
  }
}

/** A part's log records go into the log as they are, announcements to the person, and anything else is wrapped. */
function passOn(line: string, from: "stdout" | "stderr", part: string, announce: (line: string) => void): void {
  if (from === "stdout" && line.startsWith("First owner: open ")) announce(line)
  else if (isRecord(line)) process.stderr.write(`${line}\n`)
  else if (line.trim() !== "") log[from === "stdout" ? "info" : "warn"](line, { part })
}

function isRecord(line: string): boolean {
  if (!line.startsWith('{"time":"')) return false
  try {
    return typeof JSON.parse(line) === "object"
  } catch {
    return false
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error))
  })
}
