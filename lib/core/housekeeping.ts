import { deleteOutdated } from "../db/housekeeping.ts"
import type { House } from "./context.ts"

/** Forgets what has served its time: answered Idempotency-Keys, budgets that are whole again, what ended long ago. */
export async function tidyUp({ database }: House): Promise<number> {
  return deleteOutdated(database)
}
