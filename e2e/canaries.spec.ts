/**
 * After everything else: no value that went in by any way is found in anything that left. Machines' own reads aren't
 * among it, which is how a search that finds nothing can be told from one that looks at nothing (see the last test).
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { findCanaries, type Sighting } from "../lib/testing/canaries.ts"
import { dumpTables } from "../lib/testing/dump-tables.ts"
import { withDatabase } from "./support/database.ts"
import { expect, test } from "./support/test.ts"
import { inFolder, plantedCanaries, readWorld, recall } from "./support/world.ts"

test("canaries were planted through every way in", () => {
  const ways = new Set(plantedCanaries().map(({ planted }) => planted))
  expect([...ways].sort()).toEqual(
    expect.arrayContaining([
      "API",
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
  expect(search("browser", readFileSync(inFolder("left.bin")))).toEqual([])
})

test("no canary is in the output of the processes", () => {
  for (const name of ["stdout.log", "stderr.log"]) expect(search(name, readFileSync(inFolder(name)))).toEqual([])
})

test("no canary is in a dump of the database, audit included", async () => {
  const tables = await withDatabase(dumpTables)
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["AuditEvent", "SealedValue", "Secret", "Operation", "IdempotencyKey"]),
  )
  for (const { name, rows } of tables) expect(search(name, rows)).toEqual([])
})

test("no canary is in any file of the data folder, the write-ahead log included", () => {
  for (const file of filesIn(readWorld().dataFolder)) expect(search(file, readFileSync(file))).toEqual([])
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
    expect(search(path, await answer.body())).toEqual([])
  }
})

test("the search finds what a machine was answered with", async ({ request }) => {
  const { machineToken = "", machineReads = "" } = recall()
  const answer = await request.get(`${readWorld().baseUrl}${machineReads}`, {
    headers: { authorization: `Bearer ${machineToken}` },
  })
  expect(search("a machine's answer", await answer.body())).not.toEqual([])
})

function search(where: string, left: Uint8Array | string): Sighting[] {
  return findCanaries(plantedCanaries(), where, left)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
