import { describe, expect, it } from "vitest"
import type { CheckReport } from "@/lib/contract/dto"
import { providerConsents } from "@/lib/contract/words"
import {
  checkSummary,
  checkTitle,
  consentsMissing,
  durationWords,
  groupedLines,
  isServing,
  needsOperator,
  operatorMail,
  reasonNotToSave,
  sharedPastes,
} from "./words"

const passed: CheckReport = {
  at: "2026-11-22T10:00:00.000Z",
  status: "up",
  passed: true,
  canWrite: true,
  lines: [],
  serverVersion: "2.4.1",
  latencyMs: 3,
  clockSkewMs: 0,
  signedInAs: null,
  expiresAt: null,
  canBeRenewed: true,
  needsConsent: [],
}

describe("the lines of a check", () => {
  it("are named by what was tried", () => {
    expect(checkTitle("reachable")).toBe("Reachable")
    expect(checkTitle("capability.metadata.delete")).toBe("Remove for good")
    expect(checkTitle("something_new.here")).toBe("Something new here")
  })

  it("are counted by what there is to do", () => {
    const [pass, warn, fail] = [{ state: "passed" }, { state: "warning" }, { state: "failed" }] as const
    expect(checkSummary([pass, pass])).toEqual({ words: "All 2 passed", tone: "ok" })
    expect(checkSummary([pass, warn])).toEqual({ words: "1 to consider", tone: "warn" })
    expect(checkSummary([fail, warn, fail])).toEqual({ words: "2 to mend, 1 to consider", tone: "bad" })
  })

  it("are read one by one where there is something to do, and together where all is well", () => {
    const line = { text: "", mend: null, paste: null }
    const lines = [
      { ...line, id: "reachable", state: "passed" },
      { ...line, id: "capability.read", state: "passed" },
      { ...line, id: "capability.write", state: "failed" },
      { ...line, id: "storage", state: "skipped" },
    ] as const
    const { single, rights, untried } = groupedLines(lines)
    expect([single, rights, untried].map((group) => group.map(({ id }) => id))).toEqual([
      ["reachable", "capability.write"],
      ["capability.read"],
      ["storage"],
    ])
  })

  it("share a policy, which is shown once", () => {
    const policy = "path {\n}"
    expect(sharedPastes([{ paste: policy }, { paste: "10.0.0.1:8200" }, { paste: policy }, { paste: null }])).toEqual([
      policy,
    ])
  })

  it("that the operator can mend become a mail with the exact entry", () => {
    const line = { mend: "Ask the operator to add this to STRONGROOM_EGRESS_ALLOW.", paste: "10.2.0.7:8200" }
    expect(needsOperator(line)).toBe(true)
    expect(needsOperator({ mend: "Add this policy.", paste: "path {}" })).toBe(false)
    expect(decodeURIComponent(operatorMail("10.2.0.7:8200", "acme.payments"))).toContain("\n\n10.2.0.7:8200\n")
  })
})

describe("saving", () => {
  it("needs a check, a passed one, and every tick", () => {
    expect(reasonNotToSave(undefined, new Set())).toMatch(/^Check/)
    expect(reasonNotToSave({ ...passed, passed: false }, new Set())).toMatch(/^Mend/)
    const risky = { ...passed, needsConsent: [...providerConsents] }
    expect(reasonNotToSave(risky, new Set(["plain_http"]))).toMatch(/^Tick/)
    expect(reasonNotToSave(risky, new Set(providerConsents))).toBeUndefined()
    expect(reasonNotToSave(passed, new Set())).toBeUndefined()
  })
})

it("reads from a refusal what must be ticked", () => {
  expect(consentsMissing("root_token, plain_http")).toEqual(["plain_http", "root_token"])
  expect(consentsMissing(undefined)).toEqual([])
})

it("counts time in the unit that fits", () => {
  expect([60, 300, 3_600, 86_400, 604_800, 90].map(durationWords)).toEqual([
    "60 s",
    "5 min",
    "1 h",
    "24 h",
    "7 days",
    "90 s",
  ])
})

it("a provider that asks us to wait still serves; a sealed one serves what is cached alone", () => {
  expect(isServing("throttled")).toBe(true)
  expect(isServing("sealed")).toBe(false)
})
