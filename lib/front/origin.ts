import type { IncomingHttpHeaders, IncomingMessage } from "node:http"
import { AppError } from "../errors.ts"
import type { Door } from "./door.ts"

const reading = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * Lets a change through only if a page of ours asked for it, or a program.
 *
 * The console is for browsers, and a browser names the origin of every change: without ours it is refused. The API is
 * also for programs, which have no origin; but as soon as a request looks like a browser's (Origin, Sec-Fetch-Site),
 * it must be our own page's, and a cookie is never accepted for a change: it is sent by itself, a bearer token isn't.
 *
 * @throws AppError `forbidden`
 */
export function checkOrigin(request: IncomingMessage, door: Door, publicOrigin: string): void {
  if (reading.has(request.method ?? "")) return
  const { headers } = request
  if (door !== "console" && !isFromABrowser(headers)) return
  if (headers.origin !== publicOrigin) throw refused(`It doesn't come from a page of ${publicOrigin}.`)
  if ((headers["sec-fetch-site"] ?? "same-origin") !== "same-origin") throw refused("It comes from another site.")
  if (door !== "console" && headers.cookie !== undefined) {
    throw refused("The API accepts the session cookie for reading only. Send a token in the Authorization header.")
  }
}

function isFromABrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers["sec-fetch-site"] !== undefined || headers.cookie !== undefined
}

function refused(why: string): AppError {
  return new AppError("forbidden", `This change was refused. ${why}`)
}
