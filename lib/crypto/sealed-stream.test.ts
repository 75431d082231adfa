import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { Key } from "./key.ts"
import { openStream, type StreamContext, sealStream } from "./sealed-stream.ts"

const chunk = 64 * 1024
const sealedChunk = chunk + 16

const context: StreamContext = {
  key: Key.random(),
  salt: randomBytes(32),
  label: "a test",
  header: Buffer.from("what stands in the clear\n"),
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += length) yield bytes.subarray(at, at + length)
  await Promise.resolve()
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

const seal = (text: Uint8Array, piece = 10_000): Promise<Buffer> => whole(sealStream(context, inPieces(text, piece)))
const open = (sealed: Uint8Array, more: Partial<StreamContext> = {}): Promise<Buffer> =>
  whole(openStream({ ...context, ...more }, inPieces(sealed, 7_777)))

describe("a sealed stream", () => {
  it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 5])(
    "opens to the same %i bytes",
    async (length) => {
      const text = randomBytes(length)
      const sealed = await seal(text)
      expect(sealed.byteLength).toBe(length + 16 * Math.max(1, Math.ceil(length / chunk)))
      expect((await open(sealed)).equals(text)).toBe(true)
      expect((await open(await seal(text, 200_000))).equals(text)).toBe(true)
    },
  )

  it("doesn't open when a bit of any chunk was changed", async () => {
    const sealed = await seal(randomBytes(2 * chunk + 100))
    for (const at of [0, 5, sealedChunk - 1, sealedChunk, 2 * sealedChunk + 3, sealed.byteLength - 1]) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      await expect(open(changed)).rejects.toThrow("were changed")
    }
  })

  it("doesn't open when it was cut, also between two chunks", async () => {
    const sealed = await seal(randomBytes(3 * chunk))
    for (const length of [0, 10, sealedChunk - 1, sealedChunk, 2 * sealedChunk, sealed.byteLength - 1]) {
      await expect(open(sealed.subarray(0, length))).rejects.toThrow()
    }
  })

  it("doesn't open with chunks left out, repeated, in another order, or with something behind it", async () => {
    const sealed = await seal(randomBytes(3 * chunk))
    const [a, b, c] = [0, 1, 2].map((at) => sealed.subarray(at * sealedChunk, (at + 1) * sealedChunk)) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    for (const wrong of [
      [a, c],
      [b, c],
      [a, a, b, c],
      [b, a, c],
      [a, b, c, c],
      [a, b, c, Buffer.from("x")],
    ]) {
      await expect(open(Buffer.concat(wrong))).rejects.toThrow("were changed")
    }
  })

  it("doesn't open under another key, salt, label or header", async () => {
    const sealed = await seal(randomBytes(100))
    const others = [{ key: Key.random() }, { salt: randomBytes(32) }, { label: "b" }, { header: Buffer.from("b") }]
    for (const other of others) await expect(open(sealed, other)).rejects.toThrow("were changed")
  })
})
