import type { IncomingMessage } from "node:http"
import { AppError } from "../errors.ts"

/**
 * The whole body of a request, in bytes. What is over `limit` bytes isn't kept.
 * @throws AppError `too_large`; `invalid` when the request broke off
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > limit) {
      reject(tooLarge(limit))
      return
    }
    let size = 0
    let parts: Buffer[] = []
    request.on("data", (part: Buffer) => {
      size += part.length
      if (size <= limit) parts.push(part)
      else {
        parts = []
        reject(tooLarge(limit))
      }
    })
    request.on("end", () => {
      resolve(Buffer.concat(parts))
    })
    request.on("error", (cause) => {
      reject(new AppError("invalid", "The request broke off before it was whole.", { cause }))
    })
  })
}

function tooLarge(limit: number): AppError {
  return new AppError("too_large", `The body of this request may have ${limit / 1024} KiB. Send less at once.`)
}
