import { expect, it } from "vitest"
import { inBatches } from "./in-batches.ts"

/** Answers each number with its double, and notes the batches that it was asked in. */
function doubling(options?: Parameters<typeof inBatches>[1]) {
  const batches: number[][] = []
  const double = inBatches<number, number>((numbers) => {
    batches.push(numbers)
    return Promise.resolve(numbers.map((number) => (number < 0 ? new Error("below zero") : 2 * number)))
  }, options)
  return { batches, double }
}

it("answers what is asked in one turn together, each with its own result or error", async () => {
  const { batches, double } = doubling()
  const answers = await Promise.allSettled([double(1), double(-1), double(3)])
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
  expect(batches).toEqual([[1, -1, 3]])
})

it("waits a moment for as many as were answered together, who ask again one after the other", async () => {
  const { batches, double } = doubling({ gatheringMilliseconds: 60_000 })
  await Promise.all([double(1), double(2), double(3)])
  const first = double(4)
  await new Promise((resolve) => setImmediate(resolve))
  const second = double(5)
  await new Promise((resolve) => setImmediate(resolve))
  expect(await Promise.all([first, second, double(6)])).toEqual([8, 10, 12])
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
})

it("waits for nobody in vain: fewer are answered, and one alone at once from then on", async () => {
  const { batches, double } = doubling()
  await Promise.all([double(1), double(2)])
  expect(await double(3)).toBe(6)
  expect(await double(4)).toBe(8)
  expect(batches).toEqual([[1, 2], [3], [4]])
})

it("takes no more than it may at once", async () => {
  const { batches, double } = doubling({ most: 2 })
  expect(await Promise.all([1, 2, 3, 4, 5].map(double))).toEqual([2, 4, 6, 8, 10])
  expect(batches).toEqual([[1, 2], [3, 4], [5]])
})
