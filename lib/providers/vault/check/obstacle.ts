/** Why a step of a check can't go on: what is told then, and which state of the provider it is. */

import type { ProviderStatus } from "../../provider.ts"
import { ConnectionError, type ConnectionFault, ProviderError, type ProviderErrorClass } from "../../provider.ts"
import type { VaultAnswer } from "../client.ts"
import type { VaultSettings } from "../settings.ts"
import { errorsIn } from "./words.ts"

/** Its message is a line's text: ours, without a word of the server's. */
export class Obstacle extends Error {
  readonly status: ProviderStatus
  readonly mend: string | null
  readonly paste: string | null

  constructor(status: ProviderStatus, text: string, mend: string | null, paste: string | null = null) {
    super(text)
    this.name = "Obstacle"
    this.status = status
    this.mend = mend
    this.paste = paste
  }
}

/** What stopped a request, in a line's words. Errors that nobody foresaw go on rising. */
export function obstacleOf(error: unknown): Obstacle {
  if (error instanceof Obstacle) return error
  if (error instanceof ConnectionError) return ofConnection(error)
  if (error instanceof ProviderError) return ofProvider(error)
  throw error
}

/** What a status means that no step has a better word for. */
export function obstacleIn(answer: VaultAnswer, what: string, settings: VaultSettings): Obstacle {
  const { status, headers } = answer
  const said = errorsIn(answer.body)
  if (status === 503 && said.includes("sealed")) {
    return new Obstacle("sealed", `The server is sealed, so it didn't ${what}.`, unsealIt)
  }
  if (status === 429) return new Obstacle("throttled", `The server is busy and didn't ${what}.`, later(headers))
  if (status === 412) {
    return new Obstacle(
      "standby",
      `The server lags behind the active one and didn't ${what}.`,
      "Check again in a moment.",
    )
  }
  if (status >= 500) {
    const text = `The server, or a proxy in front of it, answered with an error of its own (${status}) when asked to ${what}.`
    return new Obstacle("unreachable", text, "Look into the server's log, and whether its audit device can be written.")
  }
  if (status === 404 || said.includes("namespace")) {
    return new Obstacle(
      "misconfigured",
      `The server doesn't know where it should ${what} (${status}).`,
      namespaceHint(settings),
    )
  }
  return new Obstacle("misconfigured", `The server refused to ${what} (${status}).`, namespaceHint(settings))
}

export const unsealIt =
  "Unseal it where it runs, with `bao operator unseal` or `vault operator unseal`. Strongroom never takes unseal keys, and goes on by itself afterwards."

export function namespaceHint({ namespace, address }: VaultSettings): string {
  if (namespace !== "") {
    return `Is the namespace "${namespace}" right, from the root namespace down? A wrong one looks like a missing permission or a missing path.`
  }
  const isHcp = new URL(address).hostname.endsWith(".hashicorp.cloud")
  if (isHcp) return 'HCP keeps everything in a namespace: enter "admin", or the one below it that you use.'
  return "If mount and credential are in a namespace, enter it: without it, it looks like a missing permission or path."
}

const statusOfFault: Record<ConnectionFault, ProviderStatus> = {
  forbidden_address: "misconfigured",
  bad_url: "misconfigured",
  dns: "unreachable",
  refused: "unreachable",
  reset: "unreachable",
  tls: "tls",
  timeout: "unreachable",
  too_large: "misconfigured",
  redirect: "standby",
  protocol: "misconfigured",
  aborted: "unreachable",
}

const mendOfFault: Partial<Record<ConnectionFault, string>> = {
  dns: "Is the name spelled right, and can Strongroom's machine resolve it?",
  refused: "Is the server running, and does it listen on this port? Vault's is 8200 unless it was set otherwise.",
  reset: "Does the server speak TLS on this port? Then begin the address with https://, else with http://.",
  tls: "Add the CA bundle of the authority that signed it, if it is your own, or use the name that it was made for.",
  timeout: "Does a firewall drop what Strongroom sends, or is the server overloaded?",
  too_large: "Is this the address of Vault itself?",
  redirect:
    "Strongroom follows no redirect, as the credential would go along. Enter the address that it leads to: that of the active server, or of the load balancer.",
  protocol: "Is this the address of Vault itself, and https:// or http:// the right one?",
}

function ofConnection({ fault, message, allowEntry }: ConnectionError): Obstacle {
  if (fault !== "forbidden_address") {
    return new Obstacle(statusOfFault[fault], message, mendOfFault[fault] ?? null)
  }
  if (allowEntry === null) return new Obstacle("misconfigured", message, "Nothing opens this address to providers.")
  const entry = allowEntry === "" ? "its address, which stands in Strongroom's log," : "this entry"
  return new Obstacle(
    "misconfigured",
    message,
    `If it is right, the operator of Strongroom adds ${entry} to STRONGROOM_EGRESS_ALLOW and restarts it.`,
    allowEntry === "" ? null : allowEntry,
  )
}

const statusOfClass: Partial<Record<ProviderErrorClass, ProviderStatus>> = {
  unauthenticated: "unauthenticated",
  permission_denied: "forbidden",
  sealed: "sealed",
  rate_limited: "throttled",
  unavailable: "unreachable",
  timeout: "unreachable",
  outcome_unknown: "unreachable",
}

function ofProvider({ class: errorClass, message }: ProviderError): Obstacle {
  const mend = errorClass === "sealed" ? unsealIt : null
  return new Obstacle(statusOfClass[errorClass] ?? "misconfigured", message, mend)
}

function later(headers: VaultAnswer["headers"]): string {
  const seconds = /^\d{1,5}$/.exec(headers["retry-after"] ?? "")?.[0]
  const when = seconds === undefined ? "in a moment" : `in ${seconds} s`
  return `Check again ${when}. If it stays so, its rate limit quota is too low.`
}
