import { expect, it } from "vitest"
import { itemRow, progressWords } from "./transfer-words"

it("counts what moved, and what failed where something did", () => {
  expect(progressWords({ total: 14, finished: 12, failed: 0 })).toBe("12 of 14 moved")
  expect(progressWords({ total: 1_400, finished: 1_200, failed: 2 })).toBe("1,200 of 1,400 moved, 2 failed")
})

it("says at a secret's row what became of it, and why not", () => {
  const item = { secret: "1", vault: "default", name: "DB", problem: null } as const
  expect(itemRow({ ...item, state: "done" })).toEqual({ id: "1", name: "default/DB", tone: "ok", state: "Moved" })
  expect(itemRow({ ...item, state: "failed", problem: "It is sealed." })).toMatchObject({ note: "It is sealed." })
})
