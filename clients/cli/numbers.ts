import { StrongroomError } from "../sdk/index.ts"

/** @throws StrongroomError `invalid` for what isn't a whole number */
export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new StrongroomError("invalid", `--${option} takes a whole number.`)
}
