/** Many values of every kind, by every way that a program has: they are searched for at the end, with all the others. */
import { gzipSync } from "node:zlib"
import type { Canary } from "../../lib/testing/canaries.ts"
import { choose, open, press, takeWhatIsShownOnce } from "../support/acts.ts"
import { ask } from "../support/machine.ts"
import { people, sessionOf } from "../support/people.ts"
import { expect, test } from "../support/test.ts"
import { keepForSearch, plantMany, recall, remember, searchForWhereNotShown } from "../support/world.ts"

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("owner")) })
test.setTimeout(process.env.STRONGROOM_PROVE === "long" ? 600_000 : 120_000)

const count = process.env.STRONGROOM_PROVE === "long" ? 2_400 : 320
const vault = "/api/v1/scopes/acme/vaults/default"

test("a token for many values", async ({ page }) => {
  await open(page, "/account")
  await press(page, /^New token/)
  const dialog = page.getByRole("dialog", { name: "New personal token" })
  await dialog.getByLabel("Name").fill("many values")
  await choose(page, dialog, "Expires", "after 7 days")
  await press(dialog, "Make the token")
  const plantingToken = await takeWhatIsShownOnce(page, "The personal token")
  remember({ plantingToken })
  searchForWhereNotShown("personal token", plantingToken)
  searchForWhereNotShown("machine's token", recall().machineToken ?? "")
  for (const person of Object.values(people)) searchForWhereNotShown("password", person.password)
})

test("values are created, each of them over the API", async () => {
  await inTurns(plantMany("API, created", count / 2), async (canary, index) => {
    const answer = await send(`${vault}/secrets`, { name: `MANY_${index}`, ...wireOf(canary) })
    expect(answer.status, await keptOf(answer)).toBe(200)
  })
})

test("values are written over others", async () => {
  await inTurns(plantMany("API, written", count / 4), async (canary, index) => {
    const answer = await send(`${vault}/secrets/MANY_${index}/versions`, { expectedVersion: 1, ...wireOf(canary) })
    expect(answer.status, await keptOf(answer)).toBe(200)
  })
})

test("values are imported, and refused ones leave nothing either", async () => {
  const short = plantMany("API, imported", count / 4).filter(({ value }) => value.length < 4_000)
  for (let from = 0; from < short.length; from += 20) {
    const rows = short
      .slice(from, from + 20)
      .map((canary, index) => ({ name: `IMPORTED_${from + index}`, key: `import-${from + index}`, ...wireOf(canary) }))
    const preview = await send(`${vault}/import/preview`, { names: rows.map(({ name }) => name) })
    keepForSearch("import preview", await keptOf(preview))
    const run = await send(`${vault}/import`, { rows })
    expect(run.status, await keptOf(run)).toBe(200)
  }
  const [refused] = plantMany("API, refused", 1)
  for (const body of [
    { name: "not a name!", ...wireOf(refused) },
    { name: "MANY_0", ...wireOf(refused) },
    { name: "MANY_X", unknown: refused?.value, ...wireOf(refused) },
  ]) {
    const answer = await send(`${vault}/secrets`, body)
    expect(answer.status, await keptOf(answer)).toBeGreaterThanOrEqual(400)
  }
})

test("the lists and histories that tell of them are kept for the search", async () => {
  for (const path of [
    "/api/v1/scopes/acme/secrets?limit=200",
    "/api/v1/scopes/acme/secrets?limit=200&text=many",
    `${vault}/secrets/MANY_1`,
    `${vault}/secrets/MANY_1/versions`,
    "/api/v1/search?text=many",
    "/api/v1/scopes/acme/audit?limit=200",
  ]) {
    const answer = await ask(recall().plantingToken ?? "", path)
    expect(answer.status, path).toBe(200)
    keepForSearch(path, await answer.text())
  }
})

test("the search sees a leak among all of that, compressed as well", () => {
  const [leaked] = plantMany("a leak for the search itself", 1)
  keepForSearch("a leak", gzipSync(leaked?.value ?? ""))
})

function wireOf(canary: Canary | undefined): { value: string; encoding?: "base64" } {
  if (canary === undefined) throw new Error("There was nothing to plant.")
  const { value, encoding } = canary
  return { value, ...(encoding !== undefined && { encoding }) }
}

function send(path: string, body: unknown): Promise<Response> {
  return ask(recall().plantingToken ?? "", path, { body })
}

/** An answer is told where a check fails, and kept for the search at the end. */
async function keptOf(answer: Response): Promise<string> {
  const text = await answer.text()
  keepForSearch(answer.url, text)
  return text
}

/** Eight at a time. */
async function inTurns<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += 8) {
    await Promise.all(items.slice(from, from + 8).map((item, index) => work(item, from + index)))
  }
}
