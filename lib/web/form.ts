/** Reads a form's fields. What a field may hold is the API's to check; here it only becomes the right type. */
import { AppError } from "../errors.ts"

/** A field's text as it was typed. @throws AppError `invalid` when the form has no such field of text */
export function textOf(form: FormData, name: string): string {
  const entry = form.get(name)
  if (typeof entry === "string") return entry
  throw new AppError("invalid", "This form isn't complete. Reload the page and try again.", {
    fields: { [name]: "This is missing." },
  })
}

/** The same, or undefined when the field is missing or empty. */
export function optionalTextOf(form: FormData, name: string): string | undefined {
  const entry = form.get(name)
  return typeof entry === "string" && entry !== "" ? entry : undefined
}

/** All texts under one name: of boxes that were ticked, of rows. */
export function textsOf(form: FormData, name: string): string[] {
  return form.getAll(name).filter((entry) => typeof entry === "string")
}

/** A whole number, or undefined when the field is missing or empty. @throws AppError `invalid` for anything else */
export function optionalNumberOf(form: FormData, name: string): number | undefined {
  const text = optionalTextOf(form, name)?.trim()
  if (text === undefined || text === "") return undefined
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  throw new AppError("invalid", "Enter a whole number.", { fields: { [name]: "Enter a whole number." } })
}
