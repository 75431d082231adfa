import type { IncomingMessage } from "node:http"
import type { Credential } from "../core/caller.ts"
import { AppError } from "../errors.ts"

/** Finds what proves who asks. Whether it does is for core to say. Throws AppError `unauthenticated`, `forbidden`. */
export type CredentialReader = (request: IncomingMessage) => Credential

/**
 * On the public port: a bearer token, for everything; or the console's session cookie, for reading only, and not for a
 * page of another site.
 */
export function publicCredentials(publicUrl: URL): CredentialReader {
  const cookieName = publicUrl.protocol === "https:" ? "__Host-strongroom-session" : "strongroom-session"
  return (request) => {
    const { authorization, cookie } = request.headers
    if (authorization !== undefined) return bearerIn(authorization)
    const session = cookie === undefined ? undefined : cookieIn(cookie, cookieName)
    if (session === undefined) return { kind: "none" }
    checkCookieMayServe(request, publicUrl.origin)
    return { kind: "session", id: session }
  }
}

/** On the private socket: the session of the person whom the console serves, or a bearer token. Cookies mean nothing. */
export const privateCredentials: CredentialReader = ({ headers: { authorization } }) => {
  if (authorization === undefined) return { kind: "none" }
  if (authorization.startsWith("Session ")) return { kind: "session", id: authorization.slice(8) }
  return bearerIn(authorization)
}

function bearerIn(authorization: string): Credential {
  const space = authorization.indexOf(" ")
  if (space !== 6 || authorization.slice(0, 6).toLowerCase() !== "bearer" || authorization.length > 512) {
    throw new AppError("unauthenticated", "Send a token as `Authorization: Bearer …`.")
  }
  return { kind: "bearer", token: authorization.slice(7).trim() }
}

/**
 * The browser sends a cookie by itself, whoever's page asks. Sec-Fetch-Site says whose: ours (`same-origin`), or the
 * person's own doing (`none`). Where it is missing (plain http, an old browser), other sites can't read the answer.
 */
function checkCookieMayServe({ method, headers }: IncomingMessage, publicOrigin: string): void {
  if (method !== "GET" && method !== "HEAD") {
    throw new AppError(
      "forbidden",
      "The session cookie serves for reading only. Send a token as `Authorization: Bearer …`.",
    )
  }
  const site = headers["sec-fetch-site"] ?? "same-origin"
  const origin = headers.origin ?? publicOrigin
  if ((site === "same-origin" || site === "none") && origin === publicOrigin) return
  throw new AppError("forbidden", "This request was begun by a page of another site.")
}

function cookieIn(header: string, name: string): string | undefined {
  for (const part of header.split(";")) {
    const equals = part.indexOf("=")
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return undefined
}
