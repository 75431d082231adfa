import { expect, it } from "vitest"
import { AppError } from "../errors.ts"
import { answerOf } from "./action-answer.ts"
import { optionalNumberOf, optionalTextOf, textOf, textsOf } from "./form.ts"

function aForm(fields: [string, string | Blob][]): FormData {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  return form
}

it("hands text on as it was typed: nothing is trimmed", () => {
  expect(textOf(aForm([["value", " \n secret \t"]]), "value")).toBe(" \n secret \t")
})

it("says which field is missing, or isn't text", () => {
  for (const form of [aForm([]), aForm([["value", new Blob(["canary"])]])]) {
    expect(() => textOf(form, "value")).toThrow(
      expect.objectContaining({ code: "invalid", fields: { value: "This is missing." } }),
    )
  }
})

it("takes an empty field for none where a field may be left out", () => {
  const form = aForm([
    ["a", ""],
    ["b", "x"],
    ["days", "30"],
    ["none", " "],
    ["box", "on"],
  ])
  expect([optionalTextOf(form, "a"), optionalTextOf(form, "b"), optionalTextOf(form, "c")]).toEqual([
    undefined,
    "x",
    undefined,
  ])
  expect([optionalNumberOf(form, "days"), optionalNumberOf(form, "none"), optionalNumberOf(form, "c")]).toEqual([
    30,
    undefined,
    undefined,
  ])
  expect(
    textsOf(
      aForm([
        ["row", "1"],
        ["row", "2"],
      ]),
      "row",
    ),
  ).toEqual(["1", "2"])
})

it("refuses what is no whole number, without repeating it", () => {
  for (const text of ["canary", "1.5", "1e3", "0x10", "9".repeat(20)]) {
    const read = (): unknown => optionalNumberOf(aForm([["days", text]]), "days")
    expect(read).toThrow(expect.objectContaining({ code: "invalid" }))
    expect(read).not.toThrow(text)
  }
})

it("makes a form's state of a refusal: its words, its fields, and nothing of its cause", () => {
  const cause = new Error("canary")
  const refusal = new AppError("forbidden", "Confirm that it is you.", { cause, fields: { signIn: "Confirm." } })
  expect(answerOf(refusal)).toEqual({
    state: "failed",
    message: "Confirm that it is you.",
    fields: { signIn: "Confirm." },
  })
  expect(answerOf(new AppError("conflict", "Alice saved version 5."))).toEqual({
    state: "failed",
    message: "Alice saved version 5.",
  })
})

it("tells somebody whose session has ended to sign in elsewhere, so that the form keeps what was typed", () => {
  expect(answerOf(new AppError("unauthenticated", "This credential isn't good."))).toMatchObject({
    state: "failed",
    message: expect.stringContaining("another tab"),
  })
})
