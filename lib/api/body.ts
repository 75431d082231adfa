import type { IncomingMessage } from "node:http"
import { AppError } from "../errors.ts"

/** The most bytes of bodies that may be on their way in at once, all together: a flood must not fill memory. */
const mostAtOnce = 64 * 1024 * 1024
let onTheirWay = 0

/**
 * The whole body of a request, in bytes. What is over `limit` bytes isn't kept.
 * @throws AppError `too_large`; `invalid` when the request broke off; `unavailable` when too much arrives at once
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit)
  const parts: Buffer[] = []
  let size = 0
  try {
    await eachPart(request, (part) => {
      size += part.length
      onTheirWay += part.length
      parts.push(part)
      if (size > limit) return tooLarge(limit)
      return onTheirWay > mostAtOnce ? tooBusy() : undefined
    })
  } finally {
    onTheirWay -= size
  }
  return Buffer.concat(parts)
}

/**
 * Hands each part over as it comes. Once `take` gives a refusal back, the rest is read and dropped: a client that is
 * still sending would not look at the answer, so the connection isn't cut.
 */
function eachPart(request: IncomingMessage, take: (part: Buffer) => AppError | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onPart = (part: Buffer): void => {
      const refusal = take(part)
      if (refusal === undefined) return
      request.off("data", onPart)
      request.resume()
      reject(refusal)
    }
    request.on("data", onPart)
    request.on("end", resolve)
    request.on("error", (cause) => reject(brokenOff(cause)))
    request.on("close", () => {
      if (!request.readableEnded) reject(brokenOff(undefined))
    })
  })
}

function tooLarge(limit: number): AppError {
  return new AppError("too_large", `The body of this request may have ${limit / 1024} KiB. Send less at once.`)
}

function tooBusy(): AppError {
  return new AppError("unavailable", "Too much is being sent at once. Try again.", { retryAfterSeconds: 1 })
}

function brokenOff(cause: unknown): AppError {
  return new AppError("invalid", "The request broke off before it was whole.", { cause })
}
