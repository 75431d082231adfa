/** Starts the product once for all browser tests, as `npm start` does, on a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { poll } from "../../lib/process/poll.ts"
import { socketFolderOf } from "../../lib/process/private-folder.ts"
import { writeWorld } from "./world.ts"

const project = join(import.meta.dirname, "..", "..")

export default async function startStrongroom(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-e2e-"))
  process.env.STRONGROOM_E2E_FOLDER = folder
  const dataFolder = join(folder, "data")
  const port = await freePort()
  const baseUrl = `http://localhost:${String(port)}`
  const child = start(folder, {
    PORT: String(port),
    STRONGROOM_DATA: dataFolder,
    LOG_LEVEL: "debug",
    // The servers that journeys register are on this machine.
    STRONGROOM_EGRESS_LOOPBACK: "allow",
  })
  const setupCode = await waitForSetupCode(child, join(folder, "stdout.log"))
  writeWorld({ baseUrl, setupCode, folder, dataFolder, supervisorPid: child.pid ?? 0 })
  return async () => {
    await stop(child)
    const sockets = (["parts", "postgres"] as const).map((of) => socketFolderOf(dataFolder, of))
    for (const path of [folder, ...sockets]) rmSync(path, { recursive: true, force: true })
  }
}

function start(folder: string, settings: Record<string, string>): ChildProcess {
  const { PATH = "", HOME = "", TMPDIR } = process.env
  const env = { NODE_ENV: "production" as const, PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...settings }
  const main = join(project, "lib", "process", "main.ts")
  const child = spawn(process.execPath, [main, "start"], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] })
  child.stdout.pipe(createWriteStream(join(folder, "stdout.log")))
  child.stderr.pipe(createWriteStream(join(folder, "stderr.log")))
  return child
}

/** The code that the first start prints for its first owner, once everything serves. */
async function waitForSetupCode(child: ChildProcess, log: string): Promise<string> {
  let code = ""
  const found = await poll(
    () => {
      const printed = readFileSync(log, { encoding: "utf8", flag: "a+" })
      code = /First owner: open \S+ and enter (\S+)/.exec(printed)?.[1] ?? ""
      return child.exitCode !== null || (code !== "" && printed.includes("Strongroom is at"))
    },
    { forMs: 60_000, everyMs: 100 },
  )
  if (found && code !== "" && child.exitCode === null) return code
  const errors = readFileSync(log.replace("stdout", "stderr"), "utf8")
  throw new Error(`Strongroom did not start for the browser tests:\n${errors.split("\n").slice(-30).join("\n")}`)
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve))
  if (child.exitCode === null) child.kill("SIGINT")
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("No free port.")
  return address.port
}
