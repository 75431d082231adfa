import { guessKind } from "./guess-kind"

/** The most that a value may have, in bytes. */
const maxBytes = 64 * 1024

/** What may be said of a value while it is typed: counts and words, nothing of the value. */
export interface ValueFacts {
  bytes: number
  kind: string | undefined
  /** "1 space before it and a line break after it", where there is any. */
  edges: string | undefined
  isTooLarge: boolean
}

export const nothingTyped: ValueFacts = { bytes: 0, kind: undefined, edges: undefined, isTooLarge: false }

export function factsOfText(text: string): ValueFacts {
  const bytes = new TextEncoder().encode(text).length
  return { bytes, kind: guessKind(text), edges: edgesOf(text), isTooLarge: bytes > maxBytes }
}

export function factsOfBytes(bytes: Uint8Array): ValueFacts {
  const text = textOf(bytes)
  if (text !== undefined) return factsOfText(text)
  return { bytes: bytes.length, kind: "not text", edges: undefined, isTooLarge: bytes.length > maxBytes }
}

/** The text of the bytes, or undefined where they are none, or where a text field would change them (it drops CR). */
export function textForField(bytes: Uint8Array): string | undefined {
  const text = textOf(bytes)
  return text?.includes("\r") ? undefined : text
}

/** For the form's data: a multipart body would turn the line breaks of text into CRLF. */
export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not UTF-8: it stays bytes.
    return undefined
  }
}

function edgesOf(text: string): string | undefined {
  if (text.trim() === "") return text === "" ? undefined : "there is nothing else"
  const before = describeSpace(/^\s*/.exec(text)?.[0] ?? "")
  const after = describeSpace(/\s*$/.exec(text)?.[0] ?? "")
  const parts = [before && `${before} before it`, after && `${after} after it`].filter(Boolean)
  return parts.length === 0 ? undefined : parts.join(" and ")
}

function describeSpace(space: string): string | undefined {
  if (space === "") return undefined
  const breaks = space.split("\n").length - 1
  if (breaks === 0) return space.length === 1 ? "a space" : `${space.length} spaces`
  return breaks === 1 ? "a line break" : `${breaks} line breaks`
}
