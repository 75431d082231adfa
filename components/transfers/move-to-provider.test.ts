import { expect, it } from "vitest"
import type { SecretSummary } from "@/lib/contract/dto"
import { planMove } from "./move-to-provider"

const secret: SecretSummary = {
  id: "1",
  scope: "acme.payments",
  vault: "default",
  name: "DB",
  category: null,
  description: "",
  owner: null,
  envName: "DB",
  envNameIsOwn: false,
  provider: { kind: "local_encrypted", name: "built-in", scope: null },
  ownership: "managed",
  state: "active",
  marks: [],
  currentVersion: 1,
  origin: "typed",
  updatedAt: "2026-11-22T10:00:00.000Z",
  updatedBy: { kind: "person", id: null, name: "Alice" },
  readsLastDay: 0,
  rotationDays: null,
  rotationDueAt: null,
  purgeAfter: null,
  shadowedBy: null,
}

it("moves what the scope defines, and says of the rest why it stays", () => {
  const there = { ...secret, provider: { kind: "vault", name: "vault", scope: "acme.payments" } } as const
  const plan = planMove(
    "acme.payments",
    [
      secret,
      there,
      { ...secret, scope: "acme" },
      { ...secret, ownership: "external" },
      { ...secret, state: "deleted" },
      { ...secret, state: "disabled" },
    ],
    "vault",
  )
  expect(plan.toMove.map(({ state }) => state)).toEqual(["active", "disabled"])
  expect(plan.left.map(({ reason }) => reason)).toEqual([
    "There already.",
    "Defined at acme: move it there.",
    "External: somebody else keeps it where it is.",
    "Deleted: left as it is.",
  ])
})
