import { expect, it } from "vitest"
import { filtersQuery, questionOf, questionQuery, reachesNow, readFilters, showsLooks } from "./audit-filters"

const now = new Date("2026-05-03T12:00:00Z")
const read = (query: string) => readFilters(new URLSearchParams(query))

it("leaves looks out until somebody asks for them", () => {
  expect(questionOf(read(""), now)).toEqual({ class: ["change", "delegation", "disclosure", "sign_in"] })
  expect(showsLooks(read(""))).toBe(false)
  expect(questionOf(read("class=view"), now)).toEqual({ class: ["view"] })
  expect(showsLooks(read("class=view&class=change"))).toBe(true)
  expect(questionOf(read("action=secret.list"), now)).toEqual({ action: "secret.list" })
})

it("keeps an address whole, and drops what it doesn't know", () => {
  const address =
    "?actor=0198d6a0-0000-7000-8000-000000000001&secret=DB_PASSWORD&from=2026-05-01&class=change&outcome=denied"
  expect(filtersQuery(read(address))).toBe(address)
  expect(filtersQuery(read("actor=alice&action=nothing&class=gossip&from=yesterday&last=9y"))).toBe("")
})

it("takes days whole, and a span from now", () => {
  expect(questionOf(read("from=2026-05-01&to=2026-05-02"), now)).toMatchObject({
    from: "2026-05-01T00:00:00.000Z",
    to: "2026-05-02T23:59:59.999Z",
  })
  expect(questionOf(read("last=24h"), now)).toMatchObject({ from: "2026-05-02T12:00:00.000Z" })
  expect(reachesNow(read("to=2026-05-02"), now)).toBe(false)
  expect(reachesNow(read("to=2026-05-03"), now)).toBe(true)
})

it("asks for several of a kind by repeating its name", () => {
  const query = questionQuery(questionOf(read("class=change&class=view&outcome=done"), now), { limit: "50" })
  expect(query.toString()).toBe("limit=50&class=view&class=change&outcome=done")
})
