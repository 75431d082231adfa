import type { Message } from "./message.ts"

/** An answer whose head has arrived. Its body is read once, or discarded. */
export interface Reply {
  status: number
  header(name: string): string | undefined
  /** The whole body. */
  text(): Promise<string>
  /** The body as it comes. */
  parts(): AsyncIterable<string>
  discard(): void
}

/** Carries one message there, once. @throws AppError `unavailable` or `timeout` when there is no answer */
export type Transport = (message: Message, signal?: AbortSignal) => Promise<Reply>
