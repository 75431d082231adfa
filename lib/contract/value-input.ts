/**
 * How a value comes in. The string that carried it lives for one expression: the schema's last step makes a Secret.
 */
import { z } from "zod"
import { Secret } from "../secret.ts"
import { generatedKinds } from "./words.ts"

/** The most that a value may have, in bytes. */
export const maxValueBytes = 64 * 1024

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The two fields that carry a value: text as it is, or `encoding: "base64"` for bytes that aren't UTF-8. */
export const valueFields = {
  value: z.string().optional(),
  encoding: z.literal(["utf8", "base64"]).optional(),
}

/** Asks for a value that nobody sees. `length` counts characters and doesn't apply to a UUID or a key pair. */
export const generateInput = z.object({
  kind: z.enum(generatedKinds),
  length: z.int().min(16).max(1024).default(32),
})
export type GenerateInput = z.output<typeof generateInput>

/** The fields of `writeVersion` and `createSecret` that say what the value shall be: exactly one of the two ways. */
export const newValueFields = { ...valueFields, generate: generateInput.optional() }

export type NewValue = { kind: "given"; secret: Secret } | { kind: "generated"; how: GenerateInput }

interface WireValue {
  value?: string | undefined
  encoding?: "utf8" | "base64" | undefined
}

/** Replaces the wire's `value`, `encoding` and `generate` by one `newValue`. Faults are put on the field `value`. */
export function takeNewValue<Fields extends WireValue & { generate?: GenerateInput | undefined }>(
  fields: Fields,
  context: z.RefinementCtx,
): Omit<Fields, "value" | "encoding" | "generate"> & { newValue: NewValue } {
  const { value, encoding, generate, ...rest } = fields
  if ((value === undefined) === (generate === undefined)) {
    fault(context, "Give either `value` or `generate`.")
    return z.NEVER
  }
  if (generate !== undefined) return { ...rest, newValue: { kind: "generated", how: generate } }
  const read = readWireValue({ value, encoding })
  if ("secret" in read) return { ...rest, newValue: { kind: "given", secret: read.secret } }
  fault(context, read.problem)
  return z.NEVER
}

/** The Secret of a wire value, or why it can't be one. The reason never repeats the value. */
export function readWireValue({ value, encoding }: WireValue): { secret: Secret } | { problem: string } {
  if (value === undefined || value === "") return { problem: "A value has at least one byte." }
  if (encoding === "base64" && !base64Pattern.test(value)) {
    return { problem: "With encoding base64 the value must be canonical base64 with padding." }
  }
  if (encoding !== "base64" && !value.isWellFormed()) {
    return { problem: "The value isn't valid Unicode text. Send its bytes with encoding base64." }
  }
  const secret = encoding === "base64" ? Secret.fromBytes(Buffer.from(value, "base64")) : Secret.fromText(value)
  return secret.size > maxValueBytes
    ? { problem: `A value may have ${String(maxValueBytes)} bytes at most.` }
    : { secret }
}

function fault(context: z.RefinementCtx, message: string): void {
  context.addIssue({ code: "custom", path: ["value"], message })
}
