/** Where a new value comes from: a file, standard input, the terminal, or, with a warning, the command line itself. */
import { isUtf8 } from "node:buffer"
import { readFile } from "node:fs/promises"
import { StrongroomError } from "../sdk/index.ts"
import type { OptionSpecs } from "./command.ts"
import { note, warn } from "./output.ts"
import { openPrompter } from "./prompt.ts"

export const valueOptions = {
  value: { type: "string", value: "VALUE", about: "the value itself: it stays in your shell's history" },
  "value-file": { type: "string", value: "FILE", about: "a file that holds the value, byte for byte" },
  "trim-newline": { type: "boolean", about: "leave out one line break at the value's end" },
} as const satisfies OptionSpecs

export interface ValueOptions {
  value: string | undefined
  "value-file": string | undefined
  "trim-newline": boolean
}

/** A value as the API takes it. */
export interface WireValue {
  value: string
  encoding?: "base64"
}

/** Values are bytes: nothing of one is trimmed, read as a number, or expanded. */
export async function readGivenValue(options: ValueOptions): Promise<WireValue> {
  return wireValueOf(withoutNewline(await bytesOf(options), options))
}

async function bytesOf({ value, "value-file": file }: ValueOptions): Promise<Uint8Array> {
  if (value !== undefined && file !== undefined) {
    throw new StrongroomError("invalid", "Give the value once: by --value, by --value-file, or on standard input.")
  }
  if (value !== undefined) {
    warn("a value in the argument list is in your shell's history, and other processes can see it. Use --value-file.")
    return Buffer.from(value)
  }
  if (file !== undefined && file !== "-") return readBytes(file)
  if (!process.stdin.isTTY) return readAll(process.stdin)
  using prompter = openPrompter()
  return Buffer.from(await prompter.ask({ text: "Value (it isn't shown)", secret: true }))
}

/** @throws StrongroomError `invalid` when the file can't be read */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (path === "-") return readAll(process.stdin)
  try {
    return await readFile(path)
  } catch (cause) {
    throw new StrongroomError("invalid", `The file ${path} can't be read.`, { cause })
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer) // standard input has no encoding set
  return Buffer.concat(parts)
}

function withoutNewline(bytes: Uint8Array, { "trim-newline": trims }: ValueOptions): Uint8Array {
  const end = /\r?\n$/.exec(Buffer.from(bytes.subarray(-2)).toString("latin1"))?.[0].length ?? 0
  if (end === 0) return bytes
  if (trims) return bytes.subarray(0, -end)
  note("The value ends with a line break, which is kept. If it doesn't belong there, use --trim-newline.")
  return bytes
}

function wireValueOf(bytes: Uint8Array): WireValue {
  if (bytes.length === 0) throw new StrongroomError("invalid", "The value is empty. A value has at least one byte.")
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? { value: buffer.toString("utf8") } : { value: buffer.toString("base64"), encoding: "base64" }
}
