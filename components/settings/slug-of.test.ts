import { expect, it } from "vitest"
import { slug } from "@/lib/contract/names"
import { slugOf } from "./slug-of"

it("makes a slug that the API takes", () => {
  const names = ["Acme", "Data Platform", "  Zürich & Söhne AG ", "R&D", "x".repeat(80), `${"y".repeat(62)} z`]
  const slugs = names.map(slugOf)
  expect(slugs.slice(0, 4)).toEqual(["acme", "data-platform", "zurich-sohne-ag", "r-d"])
  for (const made of slugs) expect(slug.safeParse(made).success).toBe(true)
})

it("makes nothing of a name without a letter that it knows", () => {
  expect(slugOf("東京")).toBe("")
  expect(slugOf("—")).toBe("")
})
