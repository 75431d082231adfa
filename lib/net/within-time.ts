/** One limit for all that a request does: its time, its caller's signal, our own end. */
import { EgressError } from "./egress-error.ts"
import type { Target } from "./target.ts"

interface Limits {
  timeoutMs: number
  signal?: AbortSignal | undefined
}

/** Runs with a signal that is aborted, with the EgressError to end with, when the first of the limits is reached. */
export async function withinTime<Result>(
  { authority }: Target,
  { timeoutMs, signal }: Limits,
  closing: AbortSignal,
  run: (givingUp: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const control = new AbortController()
  const callOff = (): void => control.abort(new EgressError("aborted", `The request to "${authority}" was called off.`))
  const late = new EgressError("timeout", `"${authority}" didn't answer within ${timeoutMs / 1000} seconds.`)
  const timer = setTimeout(() => control.abort(late), timeoutMs)
  const outer = signal === undefined ? [closing] : [closing, signal]
  for (const one of outer) one.addEventListener("abort", callOff)
  try {
    if (outer.some((one) => one.aborted)) callOff()
    control.signal.throwIfAborted()
    return await run(control.signal)
  } finally {
    clearTimeout(timer)
    for (const one of outer) one.removeEventListener("abort", callOff)
  }
}

/** The outcome, or the signal's reason where that comes first: for what can't be called off itself. */
export async function unlessAborted<Result>(run: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const giveUp = (): void => reject(signal.reason)
  signal.addEventListener("abort", giveUp)
  try {
    return await Promise.race([run(), aborted])
  } finally {
    signal.removeEventListener("abort", giveUp)
  }
}
