import { isAppError } from "../../../lib/errors.ts"

const attempts = 4
const longestWaitMs = 5_000

/**
 * Tries a read again while Strongroom is out of reach or asks for patience: three times more at the most, each after a
 * longer random wait, or after the time that the answer names. For reads alone: nothing is known of a change that got no
 * answer.
 */
export async function withRetries<Result>(read: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      const waitMs = attempt < attempts ? waitAfter(error, attempt) : undefined
      if (waitMs === undefined) throw error
      await pause(waitMs, signal)
    }
  }
}

/** Undefined when another try makes no sense, or none that is worth waiting for. */
function waitAfter(error: unknown, attempt: number): number | undefined {
  if (!isPassing(error)) return undefined
  const { retryAfterSeconds } = error
  if (retryAfterSeconds === undefined) return Math.random() * 100 * 2 ** attempt
  return retryAfterSeconds * 1_000 <= longestWaitMs ? retryAfterSeconds * 1_000 : undefined
}

/** True for what may be over at the next try. Authority that was refused never is. */
export function isPassing(error: unknown): error is Error & { retryAfterSeconds: number | undefined } {
  return isAppError(error) && ["unavailable", "timeout", "rate_limited"].includes(error.code)
}

/** @throws the signal's reason as soon as it is aborted */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error) // what a caller aborts with, by every convention
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort)
      resolve()
    }, milliseconds)
    signal?.addEventListener("abort", abort, { once: true })
  })
}

/** The same result, or the signal's reason as soon as one caller gives up: the work itself goes on for the others. */
export function orAborted<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const abort = (): void => reject(signal.reason as Error) // as above
    signal.addEventListener("abort", abort, { once: true })
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", abort)
    })
  })
}
