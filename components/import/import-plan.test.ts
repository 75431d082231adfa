import { expect, it } from "vitest"
import { HeldValues } from "./held-values"
import { inBatches, planRows, willBeSent } from "./import-plan"

const row = (name: string, line: number, problem: string | null = null) => ({
  key: `key-${String(line)}`,
  line,
  name,
  bytes: 8,
  problem,
})

it("sends what is new, and what exists only where a new version is wanted", () => {
  const planned = planRows(
    [row("NEW", 1), row("OLD", 2), row("GONE", 3), row("b a d", 4, "Not a name.")],
    [
      { name: "NEW", state: "new", problem: null },
      { name: "OLD", state: "exists", problem: null },
      { name: "GONE", state: "deleted", problem: null },
    ],
  )
  expect(planned.filter(willBeSent).map(({ name }) => name)).toEqual(["NEW"])
  const chosen = planned.map((one) => ({ ...one, writesOver: true }))
  expect(chosen.filter(willBeSent).map(({ name }) => name)).toEqual(["NEW", "OLD"])
})

it("puts at most 100 KiB and 20 rows into a batch, and a large value into one of its own", () => {
  const small = Array.from({ length: 45 }, (_, index) => ({ name: `N${String(index)}`, bytes: 10 }))
  expect(inBatches(small).map((batch) => batch.length)).toEqual([20, 20, 5])
  const large = [1, 2, 3].map((index) => ({ name: `L${String(index)}`, bytes: 60 * 1024 }))
  expect(inBatches(large).map((batch) => batch.length)).toEqual([1, 1, 1])
})

it("hands values out for the wire alone, and forgets what was dropped", () => {
  const held = new HeldValues()
  held.hold("key-1", "a\nb")
  expect(JSON.stringify(held)).toBe("{}")
  expect(JSON.parse(held.rowsForWire([{ key: "key-1" }]))).toEqual([{ key: "key-1", value: "a\nb" }])
  held.drop("key-1")
  expect(held.count).toBe(0)
})
