/**
 * After everything else: no value that went in by any way is found in anything that left. Machines' own reads aren't
 * among it, which is how a search that finds nothing can be told from one that looks at nothing (see the last tests).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Canary, canarySearch, isSearchable, type Sighting } from "../lib/testing/canaries.ts"
import { dumpTables } from "../lib/testing/dump-tables.ts"
import { type Figures, openFigures } from "../lib/testing/figures.ts"
import { mappedFilesOf, processesOf } from "../lib/testing/mapped-files.ts"
import { takeAndOpenBackup } from "./support/backup.ts"
import { withDatabase } from "./support/database.ts"
import { expect, test } from "./support/test.ts"
import { inFolder, plantedCanaries, readWorld, recall, shownOnce } from "./support/world.ts"

test.setTimeout(300_000)

/** In the browser's own part of the search, one leak is planted on purpose. */
const leakForTheSearch = "a leak for the search itself"

let figures: Figures
/** For what left to a person: what is shown to them once is no leak there. */
let searchShown: Search
/** For what is kept: nothing of it may be there. */
let searchKept: Search
type Search = (where: string, left: Uint8Array | string) => Sighting[]
let bytes = 0
let hits = 0

test.beforeAll(() => {
  figures = openFigures("canaries")
  searchShown = counting(plantedCanaries())
  searchKept = counting([...plantedCanaries(), ...shownOnce()])
})

test.afterAll(() => {
  const planted = plantedCanaries()
  const searched = planted.filter(isSearchable).length
  figures.tell("values planted", planted.length, process.env.STRONGROOM_PROVE === "long" ? "2,000" : "300")
  figures.tell("of them long enough to be searched for", searched, "—")
  figures.tell("ways in", new Set(planted.map((canary) => canary.planted)).size, "—")
  figures.tell("MB searched", Math.round(bytes / 1_000_000), "—")
  figures.tell("values found", hits, 0)
})

test("canaries were planted through every way in", () => {
  const ways = new Set(plantedCanaries().map(({ planted }) => planted))
  expect([...ways].sort()).toEqual(
    expect.arrayContaining([
      "API",
      "API, created",
      "API, imported",
      "API, refused",
      "API, written",
      "admin token",
      "at the backend",
      "file drop",
      "import",
      "machine write",
      "provider credential",
      "rotation queue",
      "typed",
    ]),
  )
})

test("no canary is in what the browser got, showed or kept", () => {
  const found = searchShown("browser", readFileSync(inFolder("left.bin")))
  expect(found.filter(({ planted }) => planted !== leakForTheSearch)).toEqual([])
  expect(found.filter(({ planted }) => planted === leakForTheSearch)).not.toEqual([])
})

test("no canary is in the output of the processes", () => {
  for (const name of ["stdout.log", "stderr.log"]) expect(searchKept(name, readFileSync(inFolder(name)))).toEqual([])
})

test("no canary is in a file that a process keeps in its memory, a deleted one included", () => {
  const processes = processesOf(readWorld().supervisorPid)
  expect(processes.length).toBeGreaterThanOrEqual(3)
  for (const { path, bytes: mapped } of mappedFilesOf(processes)) expect(searchKept(path, mapped)).toEqual([])
})

test("no canary is in a dump of the database, audit included", async () => {
  const tables = await withDatabase(dumpTables)
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["AuditEvent", "SealedValue", "Secret", "Operation", "IdempotencyKey"]),
  )
  for (const { name, rows } of tables) expect(searchKept(name, rows)).toEqual([])
})

test("no canary is in any file of the data folder, the write-ahead log included", () => {
  for (const file of filesIn(readWorld().dataFolder)) {
    // Postgres makes and removes files while it runs.
    if (existsSync(file)) expect(searchKept(file, readFileSync(file))).toEqual([])
  }
})

test("no canary is in the metrics, the API's description or the exported audit log", async ({ request }) => {
  const { baseUrl } = readWorld()
  const bearer = { authorization: `Bearer ${recall().auditorToken ?? ""}` }
  for (const [path, headers] of [
    ["/metrics", {}],
    ["/api/v1/openapi.json", {}],
    ["/api/v1/scopes/acme/audit/export?format=jsonl", bearer],
    ["/api/v1/scopes/acme/audit/export?format=csv", bearer],
  ] as const) {
    const answer = await request.get(`${baseUrl}${path}`, { headers })
    expect(answer.status(), path).toBe(200)
    expect(searchKept(path, await answer.body())).toEqual([])
  }
})

test("no canary is in a backup that its own key opened", async () => {
  const opened = await takeAndOpenBackup()
  expect(opened.includes("SealedValue")).toBe(true)
  expect(searchKept("backup", opened)).toEqual([])
})

test("the search finds what a machine was answered with", async ({ request }) => {
  const { machineToken = "", machineReads = "" } = recall()
  const answer = await request.get(`${readWorld().baseUrl}${machineReads}`, {
    headers: { authorization: `Bearer ${machineToken}` },
  })
  expect(canarySearch(plantedCanaries())("a machine's answer", await answer.body())).not.toEqual([])
})

/** The search for these, which counts what it looks through and what it finds. */
function counting(canaries: readonly Canary[]): Search {
  const search = canarySearch(canaries)
  return (where, left) => {
    const found = search(where, left)
    bytes += left.length
    hits += found.filter(({ planted }) => planted !== leakForTheSearch).length
    return found
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
