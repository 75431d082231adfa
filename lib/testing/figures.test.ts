import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openFigures } from "./figures.ts"

it("keeps a suite's figures of this run alone, a line each", () => {
  const file = join(import.meta.dirname, "../../.cache/figures/a-suite-of-no-promise.jsonl")
  try {
    openFigures("a-suite-of-no-promise").tell("answers", 1, 1)
    openFigures("a-suite-of-no-promise").tell("leaks", 0, "0 of 10")
    expect(readFileSync(file, "utf8")).toBe(
      '{"suite":"a-suite-of-no-promise","what":"leaks","measured":0,"promised":"0 of 10"}\n',
    )
  } finally {
    rmSync(file, { force: true })
  }
})
