/** Child processes of a benchmark, each on a core of its choice where the system has `taskset`. */
import { type ChildProcess, execFileSync, fork } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** Starts a program with a channel to us; with a folder for it, its CPU profile is written there when it ends. */
export async function start(
  path: string,
  env: Record<string, string> = {},
  profile?: string,
): Promise<ChildProcess & { pid: number }> {
  const execArgv = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]
  const child = fork(path, { execArgv, env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", ...env } })
  const { pid } = child
  if (pid === undefined) throw new Error(`${path} didn't start.`)
  await answerOf(child)
  return Object.assign(child, { pid })
}

/** The next message of a child. */
export function answerOf<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null): void => reject(new Error(`A program ended with ${String(code)}.`))
    child.once("exit", fail)
    child.once("message", (message) => {
      child.off("exit", fail)
      resolve(message as Message) // each program says what it sends
    })
  })
}

/**
 * Keeps a process with all its threads and children on one core; says so and goes on where that isn't possible.
 * A child that is there already doesn't follow by itself: a connection of Postgres that was open before would go on
 * wherever it is woken, which is on the core of whoever wakes it.
 */
export function pin(pid: number, core: number): void {
  for (const each of [pid, ...childrenOf(pid)]) {
    try {
      execFileSync("taskset", ["-a", "-c", "-p", String(core), String(each)], { stdio: "ignore" })
    } catch {
      console.log(`(process ${each} isn't pinned to core ${core})`)
    }
  }
}

const ticksPerSecond = 100

/** Microseconds of CPU that a process and its children have used; Linux only, else 0. */
export function cpuUsageOf(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + ownUsage(each), 0)
}

function ownUsage(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ")
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond
  } catch {
    return 0 // it ended, or there is no /proc
  }
}

function childrenOf(parent: number): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === parent)
  } catch {
    return []
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ")[1],
    )
  } catch {
    return undefined
  }
}
