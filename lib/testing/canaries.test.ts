import { randomBytes } from "node:crypto"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import {
  type CanaryForm,
  canaryForms,
  canarySearch,
  findCanaries,
  isSearchable,
  makeCanaries,
  makeCanary,
} from "./canaries.ts"

const leaks: Readonly<Record<CanaryForm, ((value: string) => string | Buffer)[]>> = {
  raw: [(value) => value],
  base64: [(value) => Buffer.from(value).toString("base64")],
  base64url: [(value) => Buffer.from(value).toString("base64url")],
  hex: [(value) => Buffer.from(value).toString("hex").toUpperCase(), (value) => Buffer.from(value).toString("hex")],
  percent: [
    (value) => encodeURIComponent(value),
    (value) => new URLSearchParams({ v: value }).toString(),
    (value) => Buffer.from(value).toString("hex").replaceAll(/../g, "%$&"),
  ],
  JSON: [
    (value) => JSON.stringify({ field: value }),
    (value) => JSON.stringify(JSON.stringify({ field: value })),
    (value) => Array.from(value, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  ],
  HTML: [
    (value) =>
      value
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#x27;"),
    (value) => Array.from(value, (char) => `&#${char.charCodeAt(0)};`).join(""),
  ],
  "UTF-16": [(value) => Buffer.from(value, "utf16le"), (value) => Buffer.from(value, "utf16le").swap16()],
}

describe.each(canaryForms)("a leak as %s", (form) => {
  it("is found, at whatever place in the text it begins", () => {
    const canary = makeCanary("a planted leak")
    const sighting = { planted: "a planted leak", form, where: "the page" }
    for (const leak of leaks[form]) {
      const befores = form.startsWith("base64") ? ["", "x", "xy"] : [""]
      for (const before of befores) {
        const left = Buffer.concat([
          Buffer.from("before "),
          Buffer.from(leak(`${before}${canary.value}yx`)),
          Buffer.from(" after"),
        ])
        expect(findCanaries([canary], "the page", left)).toContainEqual(sighting)
      }
    }
  })

  it("is not seen where another canary left, or none", () => {
    const canary = makeCanary("one")
    const other = makeCanary("other")
    for (const leak of leaks[form])
      expect(findCanaries([canary], "the page", Buffer.from(leak(other.value)))).toEqual([])
  })
})

it.each([
  { as: "gzip", pack: gzipSync },
  { as: "zlib", pack: deflateSync },
])("finds a canary within $as, in the middle of something else and cut off", ({ as, pack }) => {
  const canary = makeCanary("compressed")
  const packed = pack(`${canary.value} ${randomBytes(500).toString("hex")}`)
  const left = Buffer.concat([randomBytes(1000), packed.subarray(0, -100)])
  expect(findCanaries([canary], "a file", left)).toContainEqual({
    planted: "compressed",
    form: "raw",
    where: `a file, ${as} at 1000`,
  })
})

it("finds a canary within gzip that has a file's name before it and something else behind it", () => {
  const canary = makeCanary("compressed")
  const [head, body] = [gzipSync(canary.value).subarray(0, 10), gzipSync(canary.value).subarray(10)]
  head[3] = 8
  const left = Buffer.concat([
    head,
    Buffer.from("body.json\0"),
    body,
    Buffer.from("\n--- the next\n"),
    randomBytes(1000),
  ])
  expect(findCanaries([canary], "a file", left)).toContainEqual({
    planted: "compressed",
    form: "raw",
    where: "a file, gzip at 0",
  })
})

it.each([
  { as: "deflate", pack: deflateRawSync },
  { as: "brotli", pack: brotliCompressSync },
])("finds a canary within $as", ({ as, pack }) => {
  const canary = makeCanary("compressed")
  expect(findCanaries([canary], "a body", pack(canary.value))).toContainEqual({
    planted: "compressed",
    form: "raw",
    where: `a body, ${as}`,
  })
})

it("finds a canary that was compressed twice, as base64", () => {
  const canary = makeCanary("deep")
  const left = gzipSync(gzipSync(Buffer.from(canary.value).toString("base64")))
  expect(findCanaries([canary], "a body", left)).toContainEqual({
    planted: "deep",
    form: "base64",
    where: "a body, gzip at 0, gzip at 0",
  })
})

it("finds a canary within a larger value, and in bytes that aren't text", () => {
  const canary = makeCanary("a PEM", (core) => `-----BEGIN KEY-----\n${core}\n-----END KEY-----\n`)
  const bytes = Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(canary.value), Buffer.from([128])])
  expect(findCanaries([canary], "memory", bytes)).toMatchObject([{ form: "raw" }])
})

describe("canaries of every kind", () => {
  it("differ, and are from one byte to 64 KiB long", () => {
    const canaries = makeCanaries("many", 400).filter(isSearchable)
    expect(new Set(canaries.map(({ needle }) => needle)).size).toBe(canaries.length)
    const sizes = makeCanaries("many", 400).map(({ value, encoding }) => Buffer.byteLength(value, encoding ?? "utf8"))
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, 65_536])
  })

  it("are each found as they are, as base64 and as hex, and nothing is found in noise", () => {
    const canaries = makeCanaries("many", 80).map((canary, index) => ({ ...canary, planted: `canary ${index}` }))
    const search = canarySearch(canaries)
    for (const { value, encoding, planted } of canaries.filter(isSearchable)) {
      const bytes = Buffer.from(value, encoding ?? "utf8")
      for (const [form, left] of [
        ["raw", bytes],
        ["base64", Buffer.from(bytes.toString("base64"))],
        ["hex", Buffer.from(bytes.toString("hex"))],
      ] as const) {
        expect(search("it", left)).toContainEqual({ planted, form, where: "it" })
      }
    }
    expect(search("noise", randomBytes(4 * 1024 * 1024))).toEqual([])
  })
})
