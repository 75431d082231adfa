/**
 * `strongroom`: finds the command that was typed, runs it, prints its answer, and ends with a code that scripts can rely
 * on. It loads what a call needs and no more, so that it starts fast.
 */
import { type Command, readArguments } from "./command.ts"
import { findCommand } from "./commands.ts"
import { exitCodeOf, exitCodes } from "./exit-codes.ts"
import { note, printAnswer, printProblem } from "./output.ts"

/** Runs one command line. Answers its exit code. */
async function main(typed: readonly string[]): Promise<number> {
  const [first] = typed
  if (first === undefined || first === "--help" || first === "-h" || first === "help") return showHelp(typed.slice(1))
  if (first === "--version" || first === "version") return showVersion()
  const found = findCommand(typed)
  if (found === undefined) return showGroup(typed)
  const command = await found.load()
  try {
    const { options, words, rest } = readArguments(command, found.rest)
    if (options.help === true) return await showCommand(found.name, command)
    const answer = await command.run(options, words, rest)
    printAnswer(answer, options.json === true)
    return ("code" in answer ? answer.code : undefined) ?? exitCodes.done
  } catch (error) {
    await tellProblem(error)
    // What a child ends with mustn't be taken for ours.
    return command.rest === undefined ? exitCodeOf(error) : exitCodes.runFailed
  }
}

async function showHelp(words: readonly string[]): Promise<number> {
  const found = findCommand(words)
  if (found !== undefined) return showCommand(found.name, await found.load())
  const { overview } = await import("./help.ts")
  process.stdout.write(overview(words))
  return exitCodes.done
}

async function showCommand(name: string, command: Command): Promise<number> {
  const { helpOf } = await import("./help.ts")
  process.stdout.write(helpOf(name, command))
  return exitCodes.done
}

/** The first words of several commands, or of none. */
async function showGroup(typed: readonly string[]): Promise<number> {
  const { overview } = await import("./help.ts")
  if (typed.at(-1) === "--help" || typed.at(-1) === "-h") {
    process.stdout.write(overview(typed.slice(0, -1)))
    return exitCodes.done
  }
  printProblem("There is no such command.")
  note(overview(typed).trimEnd())
  return exitCodes.usage
}

async function showVersion(): Promise<number> {
  const { version } = await import("./version.ts")
  process.stdout.write(`strongroom ${version}\n`)
  return exitCodes.done
}

async function tellProblem(error: unknown): Promise<void> {
  const { problemOf } = await import("./errors.ts")
  printProblem(problemOf(error))
}

// Whoever reads our output may have seen enough of it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit()
  throw error
})

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
