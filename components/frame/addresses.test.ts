import { expect, it } from "vitest"
import { placeOf, scopePage, secretPage } from "./addresses"

it("reads a scope's pages from their paths", () => {
  expect(placeOf("/s/acme.payments")).toEqual({ scope: "acme.payments", section: "secrets", rest: [] })
  expect(placeOf("/s/acme/people/0191")).toEqual({ scope: "acme", section: "people", rest: ["0191"] })
  expect(placeOf("/s/acme/vaults/default/DB_PASSWORD")).toEqual({
    scope: "acme",
    section: "secrets",
    rest: ["default", "DB_PASSWORD"],
  })
  expect(placeOf("/s/acme/new")).toEqual({ scope: "acme", section: undefined, rest: ["new"] })
})

it("is nowhere outside of scopes, and survives a broken escape", () => {
  expect(placeOf("/account")).toBeUndefined()
  expect(placeOf("/s/")).toBeUndefined()
  expect(placeOf("/s/%zz")).toMatchObject({ scope: "%zz" })
})

it("writes what it reads", () => {
  expect(placeOf(secretPage("acme.prod", "default", "a.b"))?.rest).toEqual(["default", "a.b"])
  expect(placeOf(scopePage("acme", "audit"))?.section).toBe("audit")
})
