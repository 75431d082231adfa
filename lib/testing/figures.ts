/**
 * What the suites that prove a promise measured: a line each in `.cache/figures`, one file per suite. `npm test` and
 * `npm run prove` print them as one table.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

declare module "vitest" {
  interface ProvidedContext {
    /** True under `npm run prove`: the proofs in their long form. */
    isLong: boolean
  }
}

const folder = join(import.meta.dirname, "../../.cache/figures")

export interface Figures {
  /** Writes down one figure beside what is promised: `tell("answers with somebody else's value", 0, "0 of 20,000")`. */
  tell(what: string, measured: number | string, promised: number | string): void
}

/** The figures of one suite, anew: what an earlier run told of it is gone. `suite` is a slug, the file's name. */
export function openFigures(suite: string): Figures {
  const file = join(folder, `${suite}.jsonl`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, "")
  return {
    tell: (what, measured, promised) => {
      appendFileSync(file, `${JSON.stringify({ suite, what, measured, promised })}\n`)
    },
  }
}
