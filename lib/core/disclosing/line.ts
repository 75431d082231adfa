/**
 * A provider's line: so many calls to it are under way at once, and the others wait for their turn. Nobody waits longer
 * than a call may take, and a call that hangs holds its place, so that those who hang can't pile up.
 */
import { ProviderError } from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"

/** Who may call a provider now, and who waits for their turn. */
export class Line {
  #free: number
  readonly #most: number
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
    this.#free = most
  }

  get isEmpty(): boolean {
    return this.#free === this.#most
  }

  async turn(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

/** Calls `then` after so many milliseconds, unless it is cancelled. */
export type After = (milliseconds: number, then: () => void) => { cancel: () => void }

/** A call that goes on after its deadline keeps its place in the line, so that those who hang can't pile up. */
export async function withDeadline(
  line: Line,
  fetch: () => Promise<Secret>,
  milliseconds: number,
  after: After,
): Promise<Secret> {
  const ended = new AbortController()
  const late = new Promise<never>((_, reject) => {
    ended.signal.addEventListener("abort", () => {
      reject(tooSlow())
    })
  })
  const timer = after(milliseconds, () => {
    ended.abort()
  })
  try {
    return await Promise.race([callInTurn(line, fetch, ended.signal), late])
  } finally {
    timer.cancel()
  }
}

async function callInTurn(line: Line, fetch: () => Promise<Secret>, ended: AbortSignal): Promise<Secret> {
  await line.turn()
  try {
    ended.throwIfAborted()
    const value = await fetch()
    if (ended.aborted) value.wipe()
    return value
  } finally {
    line.leave()
  }
}

function tooSlow(): ProviderError {
  return new ProviderError("timeout", "The store didn't answer in time.")
}

export function inTime(milliseconds: number, then: () => void): { cancel: () => void } {
  const timer = setTimeout(then, milliseconds)
  return {
    cancel: () => {
      clearTimeout(timer)
    },
  }
}
