import { pause } from "./retry.ts"

export interface WatchOptions {
  /** About how often it asks, in milliseconds; each wait is longer or shorter by up to a fifth. A minute if left out. */
  intervalMs?: number
  /** Ends the watching. */
  signal?: AbortSignal
  /** Told of what went wrong; the watching goes on. What `onChange` throws comes here, too. */
  onError?: (error: unknown) => void
}

/**
 * Asks again and again, and tells each answer that differs from the one before, the first included. Never two at once: an
 * `onChange` that takes long gets the newest answer next. Answers when it was ended by its signal.
 */
export async function watching<Answer>(
  ask: () => Promise<{ answer: Answer; tag: string }>,
  onChange: (answer: Answer) => unknown,
  { intervalMs = 60_000, signal, onError }: WatchOptions,
): Promise<void> {
  let told: string | undefined
  while (signal?.aborted !== true) {
    try {
      const { answer, tag } = await ask()
      if (tag !== told) await onChange(answer)
      told = tag
    } catch (error) {
      onError?.(error)
    }
    await pause(intervalMs * (0.8 + 0.4 * Math.random()), signal).catch(() => undefined) // ended: the loop sees it
  }
}
