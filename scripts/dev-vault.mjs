// The dev server of `npm run vault-up`: where it is, whether it runs, and how it is started and stopped. It keeps all
// in memory, its root token is known to everyone who reads this, and it listens on this machine alone.
import { spawn } from "node:child_process"
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { installOpenBao } from "./backends.mjs"
import { oneAtATime, startOf } from "./one-at-a-time.mjs"
import { root } from "./project.mjs"

/** Where it is, and the folder with its log and the number of its process. */
export const devVault = { address: "http://127.0.0.1:18200", folder: join(root, ".cache", "dev-vault") }
export const rootToken = "strongroom-dev-root"

/**
 * Makes sure that the dev server runs, with transit enabled. Answers the program that was started, or undefined when it
 * ran already. Throws with what to do when something else has the port.
 */
export async function startDevVault(place = devVault) {
  return alone(place, async () => {
    const program = (await isUp(place)) ? undefined : await launch(place)
    await enableTransit(place)
    return program
  })
}

/** Stops the server that `startDevVault` started, and nothing else. Answers whether there was one. */
export async function stopDevVault(place = devVault) {
  return alone(place, async () => {
    const pid = ourProcess(place)
    if (pid !== undefined) process.kill(pid, "SIGTERM")
    for (const deadline = Date.now() + 10_000; ourProcess(place) !== undefined; await pause(50)) {
      if (Date.now() > deadline) process.kill(pid, "SIGKILL") // it holds nothing that could be lost
    }
    rmSync(pidFile(place), { force: true })
    return pid !== undefined
  })
}

function alone({ folder }, work) {
  return oneAtATime(work, { lock: `${folder}.lock` })
}

/** True when it answers to our root token; throws when it is somebody else's. */
async function isUp({ address }) {
  const status = await ask(address, "GET", "auth/token/lookup-self").then(
    (response) => response.status,
    () => undefined,
  )
  if (status === undefined) return false
  if (status === 200) return true
  throw new Error(
    `Something else answers at ${address}, or a dev server that isn't well (${status}). ` +
      'If it is ours, "npm run vault-down" stops it; else free that port.',
  )
}

async function launch(place) {
  const program = onPath("bao") ?? onPath("vault") ?? (await installOpenBao())
  const server = spawnServer(place, program)
  let ended
  for (const event of ["error", "exit"]) server.once(event, () => (ended = true))
  for (const deadline = Date.now() + 30_000; !(await isUp(place).catch(() => false)); await pause(50)) {
    if (!ended && Date.now() < deadline) continue
    server.kill("SIGKILL")
    const words = readFileSync(logFile(place), "utf8").split("\n").slice(-10).join("\n")
    throw new Error(`${program} did not start at ${place.address}.\n${words}`)
  }
  server.unref()
  return program
}

/** It outlives us, and a Ctrl-C in our terminal isn't meant for it. */
function spawnServer(place, program) {
  mkdirSync(place.folder, { recursive: true })
  const log = openSync(logFile(place), "w")
  const args = ["server", "-dev", "-dev-no-store-token", `-dev-root-token-id=${rootToken}`]
  const server = spawn(program, [...args, `-dev-listen-address=${new URL(place.address).host}`], {
    cwd: root,
    detached: true,
    env: environment(),
    stdio: ["ignore", log, log],
  })
  closeSync(log)
  if (server.pid !== undefined) writeFileSync(pidFile(place), `${server.pid} ${startOf(server.pid)}`)
  return server
}

async function enableTransit({ address }) {
  const mounts = await ask(address, "GET", "sys/mounts")
  const { data } = await mounts.json()
  if (data["transit/"] !== undefined) return
  const enabled = await ask(address, "POST", "sys/mounts/transit", { type: "transit" })
  if (!enabled.ok) throw new Error(`The dev server did not enable transit: ${await enabled.text()}`)
}

function ask(address, method, path, body) {
  const headers = { "x-vault-token": rootToken, "content-type": "application/json" }
  return fetch(`${address}/v1/${path}`, { method, headers, body: body && JSON.stringify(body), redirect: "error" })
}

/** The server's process, by the number and the start that were written down; undefined when it is gone. */
function ourProcess(place) {
  let written
  try {
    written = readFileSync(pidFile(place), "utf8")
  } catch (error) {
    if (error.code === "ENOENT") return undefined
    throw error
  }
  const [pid, start] = written.split(" ", 2)
  return start !== "" && startOf(Number(pid)) === start ? Number(pid) : undefined
}

export function logFile({ folder }) {
  return join(folder, "server.log")
}

function pidFile({ folder }) {
  return join(folder, "server.pid")
}

/** Without the variables that would change what the server does. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BAO|VAULT)_/.test(name)))
}

function onPath(program) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
