// A lock between processes, for what must not run twice in one checkout: installing and building. It is a file that
// names its holder. Node 20 has no locks of the operating system's, so a dead holder is recognized by its process.
import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { root } from "./project.mjs"

/**
 * Runs `work` while no other process does that names the same lock, waiting for it if need be, until `signal` says not
 * to.
 *
 * @template Result
 * @param {() => Promise<Result>} work
 * @param {{ signal?: AbortSignal, lock?: string }} [options] the lock is the checkout's own unless another is named
 * @returns {Promise<Result>}
 */
export async function oneAtATime(work, { signal, lock = join(root, ".strongroom", "build.lock") } = {}) {
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
  const mine = `${process.pid} ${startOf(process.pid)}`
  for (let told = false; !take(lock, mine); told = true) {
    if (!told) console.error("Waiting for another process of this checkout that does the same.")
    await pause(200, undefined, { signal })
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** The file appears complete, by a link, so nobody reads half a holder. */
function take(lock, mine) {
  const draft = `${lock}.${randomUUID()}`
  writeFileSync(draft, mine)
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (error.code !== "EEXIST") throw error
    removeDeadHolder(lock)
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

// Moved aside before it is removed: of several that find the same dead holder, one gets to move it.
function removeDeadHolder(lock) {
  const holder = read(lock)
  if (holder === undefined || isAlive(holder)) return
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
    if (read(aside) !== holder) linkSync(aside, lock) // another was quicker, and this is its lock
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes(error.code)) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function isAlive(holder) {
  const [pid, start] = holder.split(" ", 2)
  return startOf(Number(pid)) === start
}

/** When a process started: with its number this names it, since numbers are used again. Empty when it is gone. */
export function startOf(pid) {
  const stat = read(`/proc/${pid}/stat`)
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(")")).split(" ")[20]
  if (process.platform === "linux") return ""
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .replaceAll(" ", "-")
  } catch {
    return ""
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(error.code)) return undefined
    throw error
  }
}
