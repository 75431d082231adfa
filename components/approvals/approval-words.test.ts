import { expect, it } from "vitest"
import { consequenceOf, namedTerms, titleOf } from "./approval-words"

const asked = {
  operation: "grantAccess",
  scope: "acme.prod",
  readers: [{ id: "1", name: "ci", scope: "acme.prod" }],
  secretCount: 2,
  terms: [
    { name: "access", text: "read" },
    { name: "vault", text: "null" },
  ],
} as never

it("says what comes of a request, for whom", () => {
  expect(titleOf(asked)).toBe("A grant in acme.prod")
  expect(consequenceOf(asked)).toBe("ci could read 2 secrets, as things stand.")
  expect(namedTerms(asked)).toEqual([{ name: "Access", text: "read" }])
})
