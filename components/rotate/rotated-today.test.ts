import { beforeEach, expect, it, vi } from "vitest"
import { forgetRotated, rememberRotated, rotatedToday } from "./rotated-today"

const stored = new Map<string, string>()
vi.stubGlobal("sessionStorage", {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, text: string) => stored.set(key, text),
  removeItem: (key: string) => stored.delete(key),
})
beforeEach(() => stored.clear())

const noon = new Date(2026, 10, 22, 12)
const tomorrow = new Date(2026, 10, 23, 12)
const one = { scope: "acme", vault: "default", name: "KEY", from: 4, to: 5 }

it("remembers for the day what was rotated, the last time counting", () => {
  rememberRotated("acme", [one], noon)
  rememberRotated(
    "acme",
    [
      { ...one, from: 5, to: 6 },
      { ...one, name: "OTHER" },
    ],
    noon,
  )
  expect(rotatedToday("acme", noon).map(({ name, from }) => [name, from])).toEqual([
    ["KEY", 5],
    ["OTHER", 4],
  ])
  expect(rotatedToday("acme", tomorrow)).toEqual([])
  expect(rotatedToday("acme.payments", noon)).toEqual([])
})

it("forgets what was rolled back", () => {
  rememberRotated("acme", [one, { ...one, name: "OTHER" }], noon)
  forgetRotated("acme", [one], noon)
  expect(rotatedToday("acme", noon).map(({ name }) => name)).toEqual(["OTHER"])
})

it("counts what somebody else stored there as nothing", () => {
  stored.set("strongroom-rotated acme", `{"day": "2026-11-22", "rotated": [{"scope": "acme"}, 3]}`)
  expect(rotatedToday("acme", noon)).toEqual([])
  stored.set("strongroom-rotated acme", "no JSON")
  expect(rotatedToday("acme", noon)).toEqual([])
})
