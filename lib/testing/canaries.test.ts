import { describe, expect, it } from "vitest"
import { type CanaryForm, canaryForms, findCanaries, makeCanary } from "./canaries.ts"

const leaks: Readonly<Record<CanaryForm, (value: string) => string>> = {
  raw: (value) => value,
  base64: (value) => Buffer.from(value).toString("base64"),
  base64url: (value) => Buffer.from(value).toString("base64url"),
  hex: (value) => Buffer.from(value).toString("hex").toUpperCase(),
  percent: (value) => encodeURIComponent(value),
  JSON: (value) => JSON.stringify({ field: value }),
  HTML: (value) =>
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#x27;"),
}

describe.each(canaryForms)("a leak as %s", (form) => {
  it("is found, at whatever place in the text it begins", () => {
    const canary = makeCanary("a planted leak")
    const around = form.startsWith("base64")
      ? ["", "x", "xy"].map((before) => leaks[form](`${before}${canary.value}yx`))
      : [leaks[form](canary.value)]
    for (const leak of around) {
      expect(findCanaries([canary], "the page", `before ${leak} after`)).toContainEqual({
        planted: "a planted leak",
        form,
        where: "the page",
      })
    }
  })

  it("is not seen where another canary left, or none", () => {
    const canary = makeCanary("one")
    const other = makeCanary("other")
    expect(findCanaries([canary], "the page", leaks[form](other.value))).toEqual([])
  })
})

it("finds a canary within a larger value, and in bytes that aren't text", () => {
  const canary = makeCanary("a PEM", (core) => `-----BEGIN KEY-----\n${core}\n-----END KEY-----\n`)
  const bytes = Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(canary.value), Buffer.from([128])])
  expect(findCanaries([canary], "memory", bytes)).toMatchObject([{ form: "raw" }])
})
