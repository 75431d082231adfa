import { expect, it } from "vitest"
import { base64Of, factsOfBytes, factsOfText, textForField } from "./typed-bytes"

it("counts bytes, not characters", () => {
  expect(factsOfText("naïve").bytes).toBe(6)
})

it("points out white space at the edges, which is kept", () => {
  expect(factsOfText("a b").edges).toBeUndefined()
  expect(factsOfText(" a\n").edges).toBe("a space before it and a line break after it")
  expect(factsOfText("a  ").edges).toBe("2 spaces after it")
  expect(factsOfText(" \n ").edges).toBe("there is nothing else")
})

it("knows the limit of 64 KiB", () => {
  expect(factsOfText("a".repeat(64 * 1024)).isTooLarge).toBe(false)
  expect(factsOfText("a".repeat(64 * 1024 + 1)).isTooLarge).toBe(true)
})

it("keeps as bytes what a text field would change", () => {
  expect(textForField(Buffer.from("a\nb\n"))).toBe("a\nb\n")
  expect(textForField(Buffer.from("a\r\nb"))).toBeUndefined()
  expect(textForField(Buffer.from([0xff, 0xfe, 0]))).toBeUndefined()
  expect(textForField(Buffer.from([0xef, 0xbb, 0xbf, 0x61]))).toBe("\ufeffa")
  expect(factsOfBytes(Buffer.from([0xff, 0xfe, 0])).kind).toBe("not text")
})

it("sends exactly the bytes that were typed", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  expect(Buffer.from(base64Of(bytes), "base64")).toEqual(Buffer.from(bytes))
})
