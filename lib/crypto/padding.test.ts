import { expect, it } from "vitest"
import { pad, unpad } from "./padding.ts"

it.each([
  [0, 64],
  [1, 64],
  [63, 64],
  [64, 128],
  [4094, 4096],
  [4095, 4096],
  [4096, 5120],
  [5119, 5120],
  [5120, 6144],
  [65_536, 66_560],
])("pads %i bytes to %i", (length, padded) => {
  expect(pad(Buffer.alloc(length, 7)).byteLength).toBe(padded)
})

it("gives back every length up to 5,200 bytes, also of values that end like padding", () => {
  for (let length = 0; length <= 5200; length += 1) {
    const value = Buffer.alloc(length, length % 3 === 0 ? 0x80 : 0)
    expect(unpad(pad(value)).byteLength).toBe(length)
  }
  expect(Buffer.from(unpad(pad(Buffer.from([1, 0x80, 0, 0]))))).toEqual(Buffer.from([1, 0x80, 0, 0]))
})

it.each([
  ["nothing", Buffer.alloc(0)],
  ["zeros", Buffer.alloc(64)],
  ["no marker", Buffer.alloc(64, 1)],
  ["another bucket than the value's", Buffer.concat([pad(Buffer.from("a")), Buffer.alloc(64)])],
  ["a length between buckets", Buffer.from([0x80])],
])("refuses %s", (_, padded) => {
  expect(() => unpad(padded)).toThrow(expect.objectContaining({ code: "malformed" }))
})
