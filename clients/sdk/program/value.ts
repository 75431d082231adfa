import { AppError } from "../../../lib/errors.ts"

/** A value as it stands in an answer. */
export interface WireValue {
  vault: string
  name: string
  value: string
  encoding?: "base64" | undefined
}

/** @throws AppError `unsupported` for a value that is no text */
export function textOf({ vault, name, value, encoding }: WireValue): string {
  if (encoding === undefined) return value
  throw new AppError("unsupported", `"${name}" in "${vault}" isn't text. Ask for it as bytes: { as: "bytes" }.`)
}

export function bytesOf({ value, encoding }: WireValue): Uint8Array {
  if (encoding === undefined) return new TextEncoder().encode(value)
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
}
