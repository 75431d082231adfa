import "server-only"
import { cookies, headers } from "next/headers"
import type { StrongroomApi } from "../contract/api.ts"
import { connectFor, credentialOf } from "./connection.ts"
import { consoleSettings, sessionCookieName } from "./settings.ts"

/**
 * The API as the person of this request may use it: for pages and actions alike. Without a session, or with one that
 * has ended, what needs one throws `unauthenticated`.
 */
export async function sessionApi(): Promise<StrongroomApi> {
  const settings = consoleSettings()
  const cookie = (await cookies()).get(sessionCookieName(settings.publicUrl))?.value
  return connectFor(await headers(), credentialOf(cookie), settings)
}

/** The API for somebody who is only coming in: who sets up, signs in, or has an invitation. */
export async function nobodysApi(): Promise<StrongroomApi> {
  return connectFor(await headers(), { kind: "none" }, consoleSettings())
}
