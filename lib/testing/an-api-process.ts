/** The product's real api process, on a port and sockets of its own, over a database that a test has. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { freePort } from "./servers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

export interface ApiProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Ends it with SIGKILL; settles when it is gone. */
  kill(): Promise<void>
  /** Ends it as the supervisor does. */
  stop(): Promise<void>
}

/** Settles when it serves; rejects, with what it printed, when it ended before that. */
export async function anApiProcess(options: { databaseUrl: string; kek: string; port?: number }): Promise<ApiProcess> {
  const folder = temporaryFolder()
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const child = fork(join(import.meta.dirname, "..", "process", "api.ts"), {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      PUBLIC_URL: url,
      DATABASE_URL: options.databaseUrl,
      STRONGROOM_KEK: options.kek,
      STRONGROOM_API_URL: `unix:${join(folder.path, "api.sock")}`,
      STRONGROOM_CONSOLE_URL: `unix:${join(folder.path, "console.sock")}`,
      LOG_LEVEL: "warn",
    },
  })
  const pid = await untilItServes(child)
  const gone = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    folder[Symbol.dispose]()
  }
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL")
    await gone()
  }
  const stop = async (): Promise<void> => {
    if (child.connected) child.send("stop")
    await gone()
  }
  return { url, pid, kill, stop, [Symbol.asyncDispose]: kill }
}

async function untilItServes(child: ChildProcess): Promise<number> {
  const printed: string[] = []
  child.stderr?.on("data", (chunk: Buffer) => printed.push(chunk.toString()))
  const isReady = once(child, "message").then(() => true)
  const hasEnded = once(child, "exit").then(() => false)
  const { pid } = child
  if (!(await Promise.race([isReady, hasEnded])) || pid === undefined) {
    throw new Error(`The api process did not start. ${printed.join("")}`)
  }
  return pid
}
