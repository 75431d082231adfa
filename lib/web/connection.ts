/** The console's way to api: its private socket, on behalf of one person and their browser. */
import { type Credential, connect, type Place } from "../../clients/sdk/node/index.ts"
import type { StrongroomApi } from "../contract/api.ts"
import type { ConsoleSettings } from "../env.ts"

/** Where the person's request came from, in the words of front's headers. */
export interface Origin {
  get(name: "x-forwarded-for" | "x-request-id" | "user-agent"): string | null
}

export function connectFor(
  origin: Origin,
  credential: Credential,
  { apiPlace }: Pick<ConsoleSettings, "apiPlace">,
): StrongroomApi {
  const clientAddress = origin.get("x-forwarded-for")
  const requestId = origin.get("x-request-id")
  return connect(placeOf(apiPlace), credential, {
    userAgent: origin.get("user-agent") ?? "unknown",
    ...(clientAddress === null ? {} : { clientAddress }),
    ...(requestId === null ? {} : { requestId }),
  })
}

/** A cookie that can't be a session's id, such as one with a line break, is none. */
export function credentialOf(cookie: string | undefined): Credential {
  if (cookie === undefined || !/^[\w-]{1,200}$/.test(cookie)) return { kind: "none" }
  return { kind: "session", id: cookie }
}

function placeOf(place: ConsoleSettings["apiPlace"]): Place {
  return "url" in place ? { baseUrl: place.url } : place
}
