import { expect, it } from "vitest"
import { isApproved, takesValuesOf } from "./approval.ts"

const lea = "lea"
const sam = "sam"
const registered = { source: "registered", epoch: 2, createdById: lea } as const
const person = (id: string) => ({ kind: "person", id }) as Parameters<typeof takesValuesOf>[2]

it.each([
  ["nobody's approval", { approvedEpoch: null, approvedById: null }, false, false],
  ["an approval of an earlier address", { approvedEpoch: 1, approvedById: sam }, false, false],
  ["the registrar's own approval", { approvedEpoch: 2, approvedById: lea }, true, false],
  ["a second person's approval", { approvedEpoch: 2, approvedById: sam }, true, true],
])("%s counts where it should", (_, approval, whereRecorded, whereTwoPeople) => {
  const provider = { ...registered, ...approval }
  expect(isApproved(provider, "recorded")).toBe(whereRecorded)
  expect(isApproved(provider, "two_people")).toBe(whereTwoPeople)
  // Until then, only who typed the address has values written there; no machine does.
  expect(takesValuesOf(provider, "two_people", person(lea))).toBe(true)
  expect(takesValuesOf(provider, "two_people", person(sam))).toBe(whereTwoPeople)
  const machine = { kind: "service_account", id: lea } as Parameters<typeof takesValuesOf>[2]
  expect(takesValuesOf(provider, "two_people", machine)).toBe(whereTwoPeople)
})

it("the operator's own declaration needs no second person", () => {
  const declared = { source: "environment", epoch: 1, approvedEpoch: 1, approvedById: null, createdById: null } as const
  expect(isApproved(declared, "two_people")).toBe(true)
})
