/** The egress guard, in the words of the providers' contract. */
import { isIP } from "node:net"
import { log } from "../../log.ts"
import type { Fetch } from "../../net/egress.ts"
import { EgressError, type EgressReason } from "../../net/egress-error.ts"
import { ConnectionError, type ConnectionFault, type GuardedFetch } from "../../providers/provider.ts"

export function guarded(fetch: Fetch): GuardedFetch {
  return async ({ headers, ...request }) => {
    try {
      const { tls, ...answer } = await fetch({ ...request, headers: { ...headers } })
      return { ...answer, ...(tls && { certificate: tls }) }
    } catch (error) {
      throw error instanceof EgressError ? toConnectionError(error, request.url) : error
    }
  }
}

/** The same, given up when the signal says so. */
export function until(fetch: GuardedFetch, signal: AbortSignal): GuardedFetch {
  return (request) =>
    fetch({ ...request, signal: request.signal === undefined ? signal : AbortSignal.any([request.signal, signal]) })
}

function toConnectionError({ reason, message, sent, allowEntry }: EgressError, url: URL): ConnectionError {
  return new ConnectionError(faults[reason], message, sent, allowEntry === undefined ? null : tellable(allowEntry, url))
}

/** Whoever typed an address knows it. What a name of a private network leads to is for the operator, in the log. */
function tellable(allowEntry: string, { hostname, host }: URL): string {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return allowEntry
  log.info("a name that a tenant typed leads to a closed address", { host, entry: allowEntry })
  return ""
}

const faults: Readonly<Record<EgressReason, ConnectionFault>> = {
  bad_url: "bad_url",
  bad_request: "bad_url",
  forbidden_address: "forbidden_address",
  dns: "dns",
  refused: "refused",
  reset: "reset",
  tls: "tls",
  timeout: "timeout",
  aborted: "aborted",
  redirect: "redirect",
  too_large: "too_large",
  protocol: "protocol",
}
