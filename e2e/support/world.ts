/** What the browser tests know of the running product and of each other: kept in files, since each runs by itself. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Canary, makeCanaries, makeCanary } from "../../lib/testing/canaries.ts"

export interface World {
  baseUrl: string
  /** Works once: the first journey uses it. */
  setupCode: string
  folder: string
  dataFolder: string
  supervisorPid: number
}

export function writeWorld(world: World): void {
  writeFileSync(join(world.folder, "world.json"), JSON.stringify(world))
}

export function readWorld(): World {
  return JSON.parse(readFileSync(inFolder("world.json"), "utf8")) as World // as writeWorld wrote it
}

/** A value that must be seen nowhere afterwards. `planted` says which way in it takes. */
export function plantCanary(planted: string, body?: (canary: string) => string): string {
  const canary = makeCanary(planted, body)
  appendFileSync(inFolder("canaries.jsonl"), `${JSON.stringify(canary)}\n`)
  return canary.value
}

/** A credential that somebody else made: it must be seen nowhere afterwards, just as a planted value. */
export function searchFor(planted: string, value: string): string {
  const canary: Canary = { planted, value, needle: value }
  appendFileSync(inFolder("canaries.jsonl"), `${JSON.stringify(canary)}\n`)
  return value
}

/** Many values of every kind, to be seen nowhere afterwards. */
export function plantMany(planted: string, count: number): Canary[] {
  const canaries = makeCanaries(planted, count)
  appendFileSync(inFolder("canaries.jsonl"), canaries.map((canary) => `${JSON.stringify(canary)}\n`).join(""))
  return canaries
}

/** What a browser was shown once, or somebody typed to come in: it may be in no log, row or file afterwards. */
export function searchForWhereNotShown(planted: string, value: string): void {
  const canary: Canary = { planted, value, needle: value }
  appendFileSync(inFolder("shown-once.jsonl"), `${JSON.stringify(canary)}\n`)
}

export function plantedCanaries(): Canary[] {
  return readCanaries("canaries.jsonl")
}

export function shownOnce(): Canary[] {
  return readCanaries("shown-once.jsonl")
}

function readCanaries(name: string): Canary[] {
  return readLines(name).map((line) => JSON.parse(line) as Canary) // as they were written above
}

/** Keeps what a browser was sent, or shows, for the search at the end. */
export function keepForSearch(where: string, left: Uint8Array | string): void {
  const bytes = typeof left === "string" ? Buffer.from(left, "utf8") : left
  appendFileSync(inFolder("left.bin"), Buffer.concat([Buffer.from(`\n--- ${where}\n`), bytes]))
}

/** Facts that one journey leaves for the next, such as a person's password or a machine's token. */
export function remember(facts: Record<string, string>): void {
  writeFileSync(inFolder("facts.json"), JSON.stringify({ ...recall(), ...facts }))
}

export function recall(): Record<string, string> {
  const file = inFolder("facts.json")
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : {} // as remember wrote it
}

export function inFolder(name: string): string {
  const folder = process.env.STRONGROOM_E2E_FOLDER
  if (folder === undefined)
    throw new Error("The browser tests run by `playwright test`, which starts Strongroom first.")
  return join(folder, name)
}

function readLines(name: string): string[] {
  const file = inFolder(name)
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : []
}
