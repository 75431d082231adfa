/** A supervisor of fixture parts, as a process that a test can kill. Its argument is the data folder. */
import { join } from "node:path"
import { readSupervisorSettings } from "../env.ts"
import { startStrongroom } from "../process/supervisor.ts"

const [, , folder = ""] = process.argv
const part = join(import.meta.dirname, "fixture-part.ts")
await startStrongroom({
  settings: readSupervisorSettings(folder, { STRONGROOM_DATA: folder }),
  parts: { api: part, console: part },
  migrations: join(import.meta.dirname, "..", "..", "prisma", "migrations"),
  development: false,
  announce: (line) => process.stdout.write(`${line}\n`),
  signal: new AbortController().signal,
})
