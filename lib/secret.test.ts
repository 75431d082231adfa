import { describe, expect, it } from "vitest"
import { expose, Secret } from "./secret.ts"

function textOf(secret: Secret): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(expose(secret))
}

describe("Secret", () => {
  it.each(["", " two spaces  ", "line\r\nend\n", "\u{feff}with a mark", "päßwörd 🔑", "a\u{0}b", "e\u{301}"])(
    "keeps text verbatim: %j",
    (text) => {
      expect(textOf(Secret.fromText(text))).toBe(text)
    },
  )

  it("keeps bytes that are no text", () => {
    expect([...expose(Secret.fromBytes(Uint8Array.of(0, 255, 128)))]).toEqual([0, 255, 128])
  })

  it("takes bytes over without a copy, so that wiping it wipes them", () => {
    const bytes = Uint8Array.of(1, 2, 3)
    Secret.fromBytes(bytes).wipe()
    expect([...bytes]).toEqual([0, 0, 0])
  })

  it("counts bytes, not characters", () => {
    expect(Secret.fromText("é🔑").size).toBe(6)
  })

  it("can't be changed: no property can be added, none replaced", () => {
    const secret = Secret.fromText("x")
    expect(() => Object.assign(secret, { toJSON: () => "x" })).toThrow(TypeError)
    expect(Reflect.defineProperty(secret, Symbol.toPrimitive, { value: () => "x" })).toBe(false)
  })

  it("says in its errors what to do, and nothing of the value", () => {
    expect(() => Number(Secret.fromText("canary"))).toThrow("Move it, or expose it where that is allowed.")
  })

  it("can't be opened by something that only looks like one", () => {
    const lookalike = Object.create(Secret.prototype) as Secret
    expect(() => expose(lookalike)).toThrow(TypeError)
    expect(() => lookalike.size).toThrow(TypeError)
  })

  it("equals every other one in a test's comparison, since nobody can look inside: compare what expose gives", () => {
    expect(Secret.fromText("a")).toEqual(Secret.fromText("b"))
    expect(textOf(Secret.fromText("a"))).not.toEqual(textOf(Secret.fromText("b")))
  })
})
