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
 * The temporary and the deleted files that these processes have in their memory, each once: several share most of them.
 * Programs and libraries are left out, since they were there before any value was.
 */
export function mappedFilesOf(processes: readonly number[]): { path: string; bytes: Uint8Array }[] {
  const places = new Map(processes.flatMap(placesOf).map((place) => [place.file, place]))
  return [...places.values()].flatMap(({ path, place }) => {
    const bytes = contentsOf(place)
    return bytes === undefined ? [] : [{ path, bytes }]
  })
}

interface Place {
  /** Device and inode. */
  file: string
  path: string
  /** Where its contents can be read while the process is there. */
  place: string
}

function placesOf(pid: number): Place[] {
  return linesOf(join("/proc", String(pid), "maps")).flatMap((line) => {
    const [, range = "", file = "", path = ""] = /^([0-9a-f]+-[0-9a-f]+) r\S+ \S+ (\S+ \d+)\s+(\/.*)$/.exec(line) ?? []
    const isOurs = /deleted\)$|^\/(tmp|dev\/shm|var)\//.test(path) && !/\.(so|node)\b/.test(path)
    return isOurs ? [{ file, path, place: join("/proc", String(pid), "map_files", range) }] : []
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
