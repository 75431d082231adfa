/**
 * `strongroom start|api|console [--dev]`: everything, or one part alone beside others elsewhere. Runs until Ctrl-C, a
 * signal, or the end of the process that started it.
 */
import { join } from "node:path"
import { type Part, readSupervisorSettings } from "../env.ts"
import { describeError, log, setLogLevel } from "../log.ts"
import { startStrongroom } from "./supervisor.ts"

const entries: Record<Part, string> = {
  api: join(import.meta.dirname, "api.ts"),
  console: join(import.meta.dirname, "console.ts"),
}
const commands: Readonly<Record<string, Partial<Record<Part, string>>>> = {
  start: entries,
  api: { api: entries.api },
  console: { console: entries.console },
}

const [command = "start", ...flags] = process.argv.slice(2)
const parts = commands[command]
const project = join(import.meta.dirname, "..", "..")

if (parts === undefined) {
  process.stderr.write(`There is no "${command}". Use: start, api or console.\n`)
  process.exitCode = 2
} else {
  process.exitCode = await run(parts, untilTold())
  if (process.connected) process.disconnect() // or its channel keeps us here
}

async function run(parts: Partial<Record<Part, string>>, told: AbortSignal): Promise<number> {
  try {
    const settings = readSupervisorSettings(project)
    setLogLevel(settings.logLevel)
    await using _ = await startStrongroom({
      settings,
      parts,
      migrations: join(project, "prisma", "migrations"),
      development: flags.includes("--dev"),
      announce: (line) => process.stdout.write(`${line}\n`),
      signal: told,
    })
    await new Promise<void>((resolve) => {
      if (told.aborted) resolve()
      else told.addEventListener("abort", () => resolve())
    })
    log.info("Strongroom stops.")
    return 0
  } catch (error) {
    if (told.aborted) return 0
    log.debug("the start failed", { error: describeError(error) })
    process.stderr.write(`Strongroom did not start. ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** Told once, however often: npm passes on the Ctrl-C that the terminal gave to all of us. */
function untilTold(): AbortSignal {
  const told = new AbortController()
  const tell = (): void => told.abort(new Error("told to stop"))
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, tell)
  process.on("disconnect", tell)
  return told.signal
}
