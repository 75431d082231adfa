import { expect, it } from "vitest"
import { paletteGroups, searchedText } from "./palette-items"

const known = {
  place: { scope: "acme.payments", section: "secrets", rest: [] },
  scopes: [
    { path: "acme", name: "Acme", environment: null, secretCount: 1, visible: false },
    { path: "acme.payments", name: "payments", environment: null, secretCount: 2, visible: true },
  ],
  actions: [{ id: "new", label: "New secret", href: "/s/acme.payments/new" }],
  providers: ["built-in", "hashicorp-prod"],
  hits: [{ kind: "secret", label: "DB_PASSWORD", scope: "acme.payments", vault: "default", id: "1" }],
} as const

const labels = (typed: string): string[] =>
  paletteGroups(typed, known).flatMap(({ items }) => items.map(({ label }) => label))

it("offers actions, what was found, pages and the scopes that the person may see", () => {
  expect(labels("")).toEqual(expect.arrayContaining(["New secret", "DB_PASSWORD", "Audit", "payments"]))
  expect(labels("")).not.toContain("Acme")
})

it("keeps what holds each typed word", () => {
  expect(labels("serv acc")).toEqual(["DB_PASSWORD", "Service accounts"])
})

it("knows providers by their names", () => {
  expect(labels("hashi")).toEqual(["DB_PASSWORD", "hashicorp-prod"])
})

it("offers to rotate a secret where that is typed", () => {
  expect(searchedText("rotate DB_PASS")).toBe("DB_PASS")
  expect(labels("rotate DB_PASS")[0]).toBe("Rotate DB_PASSWORD")
})
