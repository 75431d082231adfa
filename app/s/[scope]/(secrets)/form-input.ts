/** How the forms of secrets become the inputs of operations. What a field may hold is the API's to check. */
import { type Category, categories, type GeneratedKind, generatedKinds } from "@/lib/contract/words"
import { optionalNumberOf, optionalTextOf, textOf } from "@/lib/web/form"

export function addressIn(form: FormData): { scope: string; vault: string; secret: string } {
  return { scope: textOf(form, "scope"), vault: textOf(form, "vault"), secret: textOf(form, "secret") }
}

type NewValueInput = { value: string; encoding: "base64" } | { generate: { kind: GeneratedKind; length?: number } }

/** The value as the field sent it, base64 of its exact bytes, straight on to the API; or how to generate one. */
export function newValueIn(form: FormData): NewValueInput {
  const kind = generatedKinds.find((one) => one === form.get("generate"))
  if (kind === undefined) return { value: textOf(form, "value"), encoding: "base64" }
  const length = optionalNumberOf(form, "generateLength")
  return { generate: { kind, ...(length !== undefined && { length }) } }
}

export function noteIn(form: FormData): { note?: string } {
  const note = optionalTextOf(form, "note")
  return note === undefined ? {} : { note }
}

export function expectedVersionIn(form: FormData): { expectedVersion?: number } {
  const expectedVersion = optionalNumberOf(form, "expectedVersion")
  return expectedVersion === undefined ? {} : { expectedVersion }
}

interface MetadataInput {
  category?: Category | null
  description?: string
  owner?: string | null
  rotationDays?: number | null
  envName?: string | null
}

/** What a form says of a secret: only the fields that it has. An empty one means that nothing is said any more. */
export function metadataIn(form: FormData): MetadataInput {
  const input: MetadataInput = {}
  if (form.has("category")) input.category = categories.find((one) => one === form.get("category")) ?? null
  if (form.has("description")) input.description = textOf(form, "description")
  if (form.has("owner")) input.owner = optionalTextOf(form, "owner") ?? null
  if (form.has("rotationDays")) input.rotationDays = optionalNumberOf(form, "rotationDays") ?? null
  if (form.has("envName")) input.envName = optionalTextOf(form, "envName") ?? null
  return input
}
