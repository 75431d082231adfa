import { describe, expect, it } from "vitest"
import { faultOf, foldersTo, keyOf, lastPart, renamed, suggestedName, toggled } from "./chosen"

const db = { location: "payments/db", field: null }
const password = { location: "payments/db", field: "pass word" }

describe("what is chosen to be adopted", () => {
  it("gets a name that ours can be, from its place and its field", () => {
    expect(suggestedName(db)).toBe("db")
    expect(suggestedName(password)).toBe("db_pass_word")
    expect(suggestedName({ location: "ünïcode/naïve", field: null })).toBe("na_ve")
  })

  it("is chosen once, as a whole or by its fields, and taken back by choosing it again", () => {
    const both = toggled(toggled([], db), password)
    expect(both.map(({ name }) => name)).toEqual(["db", "db_pass_word"])
    expect(toggled(both, db)).toEqual([{ ...password, name: "db_pass_word" }])
  })

  it("needs names that differ by more than their case", () => {
    const both = toggled(toggled([], db), password)
    expect(faultOf(both)).toBeUndefined()
    expect(faultOf(renamed(both, keyOf(password), "DB"))).toBe("Two of them are called DB.")
    expect(faultOf(renamed(both, keyOf(db), ""))).toBe("Each needs a name.")
  })
})

it("knows the way to a folder", () => {
  expect(foldersTo("")).toEqual([{ path: "", label: "All" }])
  expect(foldersTo("a/b")).toEqual([
    { path: "", label: "All" },
    { path: "a", label: "a" },
    { path: "a/b", label: "b" },
  ])
  expect(lastPart("a/b/")).toBe("b")
})
