import { AppError } from "../../../lib/errors.ts"
import type { Message } from "../wire/message.ts"
import type { Reply, Transport } from "../wire/transport.ts"

export type Fetch = typeof globalThis.fetch

/**
 * Over `fetch` alone, so it runs in Node, Deno, Bun and edge runtimes alike. A redirect isn't followed: it would carry
 * the token elsewhere.
 * @throws AppError `invalid` when the address is none
 */
export function fetchTransport(address: string | URL, fetch: Fetch, timeoutMs: number): Transport {
  const origin = originOf(address)
  return async (message, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    try {
      return replyOf(await fetch(`${origin}${message.path}`, initOf(message, either)), origin, timeout)
    } catch (cause) {
      signal?.throwIfAborted()
      throw failure(origin, timeout, cause)
    }
  }
}

function originOf(address: string | URL): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
    throw new AppError("invalid", "The address of Strongroom must look like https://strongroom.example.")
  }
  return url.origin
}

function initOf({ method, headers, body }: Message, signal: AbortSignal): RequestInit {
  return { method, headers, signal, redirect: "manual", ...(body !== undefined && { body }) }
}

function replyOf(response: Response, origin: string, timeout: AbortSignal): Reply {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    text: async () => {
      try {
        return await response.text()
      } catch (cause) {
        throw timeout.aborted ? failure(origin, timeout, cause) : cause
      }
    },
    parts: () => textOf(response),
    discard: () => {
      response.body?.cancel().catch(() => undefined) // it is gone either way
    },
  }
}

async function* textOf({ body }: Response): AsyncGenerator<string> {
  if (body === null) return
  const decoder = new TextDecoder()
  for await (const part of body) yield decoder.decode(part, { stream: true })
}

function failure(origin: string, timeout: AbortSignal, cause: unknown): AppError {
  if (timeout.aborted) {
    return new AppError("timeout", `${origin} took too long to answer. Look whether a change was made, and try again.`)
  }
  return new AppError("unavailable", `Strongroom can't be reached at ${origin}. Try again.`, { cause })
}
