import { expect, it } from "vitest"
import { relativeTime } from "./relative"

const now = new Date("2026-05-03T12:00:00Z")
const seconds = (count: number): Date => new Date(now.getTime() - count * 1000)

it.each([
  [0, "now"],
  [40, "40 s ago"],
  [90, "1 min ago"],
  [7_300, "2 h ago"],
  [23 * 3600, "23 h ago"],
  [30 * 3600, "yesterday"],
  [40 * 3600, "2 days ago"],
  [36 * 3600, "2 days ago"],
  [41 * 86_400, "41 days ago"],
  [92 * 86_400, "3 months ago"],
  [800 * 86_400, "2 years ago"],
  [-9 * 86_400, "in 9 days"],
  [-3_700, "in 1 h"],
])("says of %d seconds ago: %s", (count, words) => {
  expect(relativeTime(seconds(count), now)).toBe(words)
})
