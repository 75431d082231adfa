/** One of Strongroom's processes: kept running by the supervisor, and told when to stop. */
import { type ChildProcess, fork } from "node:child_process"
import { createInterface } from "node:readline"
import { log } from "../log.ts"
import { poll } from "./poll.ts"

export interface PartOptions {
  name: string
  /** The module that it runs. It sends "ready" when it serves, and ends on "stop". */
  entry: string
  /** All that it sees of the environment. */
  environment: Readonly<Record<string, string>>
  takeLine: (line: string, from: "stdout" | "stderr") => void
  /** Milliseconds until it is started again after it died: they double with each death in a row. */
  restartAfter?: { first: number; most: number }
}

export interface RunningPart extends AsyncDisposable {
  /** Settles when it first serves. Rejects when it ends before that: what ails it then won't pass by itself. */
  readonly ready: Promise<unknown>
  /** Its process, while it has one. */
  processId: () => number | undefined
  stop: () => Promise<void>
}

/** Starts a part, and again whenever it dies, until it is stopped. */
export function startPart(options: PartOptions): RunningPart {
  const { name, restartAfter = { first: 100, most: 30_000 } } = options
  const ready = Promise.withResolvers<undefined>()
  let wait = restartAfter.first
  let served = false
  let stopping = false
  let child: ChildProcess | undefined
  let restart: NodeJS.Timeout | undefined

  const launch = (): void => {
    const startedAt = performance.now()
    child = spawnPart(options)
    child.on("message", (message) => {
      if (message !== "ready") return
      log[served ? "warn" : "info"](`${name} serves`, { pid: child?.pid })
      served = true
      ready.resolve(undefined)
    })
    child.once("close", (code, signal) => {
      child = undefined
      if (stopping) return
      const how = signal ?? `exit code ${code ?? "unknown"}`
      if (!served) {
        ready.reject(new Error(`${name} ended before it served (${how}).`))
        return
      }
      if (performance.now() - startedAt > 60_000) wait = restartAfter.first
      log.error(`${name} died and is started again`, { how, afterMs: wait })
      restart = setTimeout(launch, wait)
      wait = Math.min(wait * 2, restartAfter.most)
    })
  }

  const stop = async (): Promise<void> => {
    stopping = true
    clearTimeout(restart)
    if (child) await end(child, name)
  }
  launch()
  ready.promise.catch(() => undefined) // whoever waits for it hears of it; at a stop nobody may
  return { ready: ready.promise, processId: () => child?.pid, stop, [Symbol.asyncDispose]: stop }
}

function spawnPart({ entry, environment, takeLine }: PartOptions): ChildProcess {
  const child = fork(entry, [], {
    env: { NODE_ENV: "production", ...environment },
    execArgv: ["--disable-proto=delete"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  })
  for (const from of ["stdout", "stderr"] as const) {
    const stream = child[from]
    if (stream) createInterface(stream).on("line", (line) => takeLine(line, from))
  }
  child.on("error", (error) => takeLine(error.message, "stderr"))
  return child
}

async function end(child: ChildProcess, name: string): Promise<void> {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  if (child.connected) child.send("stop")
  if (await poll(hasEnded, { forMs: 8_000 })) return
  log.warn(`${name} did not stop in time and is killed`)
  child.kill("SIGKILL")
  await poll(hasEnded, { forMs: 5_000 })
}
