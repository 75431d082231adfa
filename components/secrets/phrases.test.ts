import { expect, it } from "vitest"
import {
  dayWords,
  historyWords,
  knownByWords,
  listed,
  originWords,
  sizeWords,
  stateWords,
  uncoveredWords,
  versionStateWord,
} from "./phrases"

const now = new Date("2026-11-22T12:00:00Z")

it("names a day without its year where that is this one", () => {
  expect(dayWords("2026-12-22T10:00:00Z", now)).toBe("22 December")
  expect(dayWords("2027-02-20T10:00:00Z", now)).toBe("20 February 2027")
})

it("says sizes as ranges, and once where both ends are one", () => {
  expect(sizeWords({ atLeast: 24, atMost: 32 })).toBe("24 to 32 bytes")
  expect(sizeWords({ atLeast: 1024, atMost: 65_536 })).toBe("1,024 to 65,536 bytes")
  expect(sizeWords({ atLeast: 16, atMost: 16 })).toBe("16 bytes")
})

it("says where a rolled back value came from", () => {
  expect(originWords({ origin: "rolled_back", sourceVersion: 2 })).toBe("Rolled back from version 2")
})

it("puts the gravest mark first, and says Current where there is nothing to say", () => {
  const said = (marks: Parameters<typeof stateWords>[0]["marks"]): string[] =>
    stateWords({ state: "active", marks, purgeAfter: null }).map(({ words }) => words)
  expect(said(["self_granted", "rotation_due"])).toEqual(["Rotation due", "Self-granted"])
  expect(said([])).toEqual(["Current"])
})

it("says until when a deleted secret can be restored, whatever else is marked", () => {
  const [word] = stateWords({ state: "deleted", marks: ["rotation_due"], purgeAfter: "2099-12-22T10:00:00Z" })
  expect(word?.words).toBe("Deleted until 22 December 2099")
})

it("says that nobody knows a generated value", () => {
  expect(knownByWords({ knownBy: null, origin: "generated", currentVersion: 1 })).toBe("nobody: it was generated")
})

it("doesn't say of what came from a backend that Strongroom typed it", () => {
  const knownBy = { kind: "system", id: null, name: "Strongroom" } as const
  expect(knownByWords({ knownBy, origin: "changed_at_backend", currentVersion: 4 })).toMatch(/^whoever changed it/)
  expect(knownByWords({ knownBy, origin: "adopted", currentVersion: 1 })).toMatch(/^whoever put it/)
})

it("says what a deletion uncovers", () => {
  const place = { scope: "acme.prod", name: "KEY" }
  expect(uncoveredWords({ ...place, uncovers: { scope: "acme", version: 3 } })).toBe(
    "acme.prod will then get acme's KEY, version 3.",
  )
  expect(uncoveredWords({ ...place, uncovers: null })).toBe("Machines in acme.prod then get nothing under this name.")
})

it("says plainly what a backend's history is", () => {
  const native = { versions: "native", trash: "native", destroyVersion: "native", keepsVersions: null } as const
  expect(historyWords(native)).toBeUndefined()
  expect(historyWords({ ...native, keepsVersions: 10 })).toContain("the last 10 versions")
  expect(historyWords({ ...native, versions: "none" })).toContain("keeps no history")
})

it("tells a deleted version from one that its backend forgot", () => {
  expect(versionStateWord({ isCurrent: false, state: "deleted" }).words).toBe("Deleted")
  expect(versionStateWord({ isCurrent: true, state: "deleted" }).words).toBe("Current, deleted")
  expect(versionStateWord({ isCurrent: false, state: "forgotten" }).words).toBe("Forgotten")
})

it("lists names as people do", () => {
  expect([listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])]).toEqual(["a", "a and b", "a, b and c"])
})
