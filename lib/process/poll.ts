import { setTimeout as pause } from "node:timers/promises"

export interface PollLimits {
  forMs: number
  everyMs?: number
}

/** Asks until `condition` holds. Answers whether it did before the time was up. */
export async function poll(condition: () => boolean | Promise<boolean>, limits: PollLimits): Promise<boolean> {
  const deadline = performance.now() + limits.forMs
  while (!(await condition())) {
    if (performance.now() >= deadline) return false
    await pause(limits.everyMs ?? 20)
  }
  return true
}
