/**
 * `node lib/process/operator.ts kek|backup|restore …`: what the operator does to the database and its keys, whether
 * Strongroom runs or not. What is asked for goes to standard output, and everything else to standard error.
 */
import { join } from "node:path"
import { readOperatorSettings } from "../env.ts"
import { describeError, log, setLogLevel } from "../log.ts"
import { backup } from "./operator/backup.ts"
import { type Command, exitCodeOf, UsageError } from "./operator/command.ts"
import { kek } from "./operator/kek.ts"
import { restore } from "./operator/restore.ts"

const commands: Readonly<Record<string, Command>> = { backup, kek, restore }

const [name = "", ...args] = process.argv.slice(2)
// A running Postgres that was only used is watched until its end, which isn't ours to wait for.
process.exit(await run(commands[name], args))

async function run(command: Command | undefined, args: readonly string[]): Promise<number> {
  const project = join(import.meta.dirname, "..", "..")
  try {
    if (command === undefined) throw new UsageError(`There is no "${name}". Use: ${Object.keys(commands).join(", ")}.`)
    const settings = readOperatorSettings(project)
    // Its words are for people: the log speaks up for warnings alone.
    setLogLevel(settings.logLevel === "info" ? "warn" : settings.logLevel)
    return await command({
      args,
      settings,
      migrations: join(project, "prisma", "migrations"),
      print: (line) => process.stdout.write(`${line}\n`),
      tell: (line) => process.stderr.write(`${line}\n`),
    })
  } catch (error) {
    log.debug("the command failed", { error: describeError(error) })
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return exitCodeOf(error)
  }
}
