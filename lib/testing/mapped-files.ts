/** What a running process keeps in its memory as files: where a value could lie that no folder lists any more. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A process and everything that it started, by what the system says of who started whom. */
export function processesOf(pid: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
  const children = all.map(Number).filter((each) => parentOf(each) === pid)
  return [pid, ...children.flatMap(processesOf)]
}

/**
 * The writable or deleted files that a process has in its memory. Programs and libraries are left out: they were there
 * before any value was. Empty where the system doesn't let us look.
 */
export function mappedFilesOf(pid: number): { path: string; bytes: Uint8Array }[] {
  return linesOf(join("/proc", String(pid), "maps"))
    .map((line) => /^([0-9a-f]+-[0-9a-f]+) (\S+) \S+ \S+ \d+\s+(\/.*)$/.exec(line))
    .flatMap((match) => {
      const [, range = "", rights = "", path = ""] = match ?? []
      const isOurs = /deleted\)$|^\/(tmp|dev\/shm|var)\//.test(path) && !/\.(so|node)\b/.test(path)
      if (match === null || !isOurs || !rights.startsWith("r")) return []
      const bytes = contentsOf(join("/proc", String(pid), "map_files", range))
      return bytes === undefined ? [] : [{ path, bytes }]
    })
}

function contentsOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined // the process ended, or the system lets nobody look
  }
}

function parentOf(pid: number): number | undefined {
  const [stat = ""] = linesOf(join("/proc", String(pid), "stat"))
  const parent = stat.replace(/^.*\) /, "").split(" ")[1]
  return parent === undefined ? undefined : Number(parent)
}

function linesOf(path: string): string[] {
  return Buffer.from(contentsOf(path) ?? [])
    .toString()
    .split("\n")
}
