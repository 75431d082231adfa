/**
 * Runs a program in our place: its input and output are ours, signals that we get go to it, and how it ends is how we
 * end. With watching, it is started anew or told when a value changed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import { setTimeout as wait } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import { exitCodes } from "./exit-codes.ts"
import { note, printProblem } from "./output.ts"

/** The child's whole environment, and by what it is known. */
export interface Environment {
  variables: Record<string, string>
  tag: string | undefined
}

export interface Running {
  program: string
  args: readonly string[]
  /** The environment as it is now; undefined while the known one still holds. */
  readEnvironment: (known?: string) => Promise<Environment | undefined>
  watch: { mode: "restart" | "signal"; everyMs: number } | undefined
}

/** Answers the exit code that we should end with. */
export async function runChild({ program, args, readEnvironment, watch }: Running): Promise<number> {
  let environment = (await readEnvironment()) ?? { variables: {}, tag: undefined }
  let current = start(program, args, environment.variables)
  const stopPassing = passSignals(() => current.child)
  try {
    if (watch === undefined) return await current.ended
    for (;;) {
      const code = await endedWithin(current.ended, watch.everyMs)
      if (code !== undefined) return code
      const next = await readEnvironment(environment.tag).catch(tellAndGoOn)
      const isOther = next !== undefined && !isDeepStrictEqual(next.variables, environment.variables)
      environment = next ?? environment
      if (!isOther) continue
      if (watch.mode === "signal") {
        note("A value changed: the program is told by SIGHUP.")
        current.child.kill("SIGHUP")
        continue
      }
      note("A value changed: the program is started again.")
      await stop(current)
      current = start(program, args, environment.variables)
    }
  } finally {
    stopPassing()
  }
}

interface Started {
  child: ChildProcess
  /** The exit code that tells how it ended. */
  ended: Promise<number>
}

function start(program: string, args: readonly string[], env: Record<string, string>): Started {
  const child = spawn(program, args, { stdio: "inherit", env: env as NodeJS.ProcessEnv })
  const ended = new Promise<number>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      // A signal that couldn't be delivered is no end.
      if (child.pid === undefined) resolve(tellNotStarted(program, error))
    })
    child.on("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
  })
  return { child, ended }
}

function tellNotStarted(program: string, { code }: NodeJS.ErrnoException): number {
  if (code === "ENOENT") {
    printProblem(`There is no program "${program}". Look at its name, and at PATH.`)
    return exitCodes.noSuchCommand
  }
  const why =
    code === "E2BIG" ? "Environment and arguments are too large together." : `The system says ${code ?? "no"}.`
  printProblem(`"${program}" can't be executed. ${why}`)
  return exitCodes.cannotExecute
}

/** What a terminal sends to all of its foreground at once: the child has it already. */
const fromTerminal: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"]
const passed: readonly NodeJS.Signals[] = [
  ...fromTerminal,
  "SIGTERM",
  "SIGHUP",
  "SIGUSR2",
  "SIGCONT",
  "SIGWINCH",
  // Left to itself, Node would open a debugger for this one: to a process that holds values.
  "SIGUSR1",
]

function passSignals(child: () => ChildProcess): () => void {
  const listeners = passed.map((signal) => {
    const pass = (): void => {
      if (fromTerminal.includes(signal) && process.stdin.isTTY) return
      child().kill(signal)
    }
    process.on(signal, pass)
    return () => process.off(signal, pass)
  })
  return () => {
    for (const stop of listeners) stop()
  }
}

async function endedWithin(ended: Promise<number>, milliseconds: number): Promise<number | undefined> {
  const waited = new AbortController()
  try {
    return await Promise.race([ended, wait(milliseconds, undefined, { signal: waited.signal })])
  } finally {
    waited.abort()
  }
}

/** Asks it to end, and ends it after ten seconds. */
async function stop({ child, ended }: Started): Promise<void> {
  child.kill("SIGTERM")
  if ((await endedWithin(ended, 10_000)) !== undefined) return
  child.kill("SIGKILL")
  await ended
}

function tellAndGoOn(error: unknown): undefined {
  note(`Whether a value changed isn't known: ${error instanceof Error ? error.message : "the question failed."}`)
  return undefined
}
