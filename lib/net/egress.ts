/**
 * HTTP for addresses that a tenant typed. Such an address is hostile until shown otherwise:
 * - Every address that a name resolves to is checked when a connection is opened, and the connection goes to exactly
 *   what was checked. Private networks only where the operator says so; metadata and our own places never.
 * - No redirect is followed, no proxy variable used, no answer decompressed; size and time have limits.
 * - A certificate is always checked, by the given CA alone where there is one.
 * - Errors are coarse and ours: nothing that the server wrote is in them.
 *
 * docs/operate.md tells the operator, decision 16 why.
 */
import { lookup as lookupByTheSystem } from "node:dns/promises"
import { admit, type Lookup } from "./admission.ts"
import { checkCaBundle } from "./certificate.ts"
import { connectTo } from "./connect.ts"
import type { EgressRules } from "./egress-rules.ts"
import { type EgressAnswer, type Exchange, exchange, StaleConnection } from "./exchange.ts"
import { keepConnections } from "./kept-connections.ts"
import { outgoingHeaders } from "./outgoing-head.ts"
import { type Connect, PinnedAgent } from "./pinned-agent.ts"
import { targetOf } from "./target.ts"
import { unlessAborted, withinTime } from "./within-time.ts"

export interface EgressRequest {
  /** GET, HEAD, OPTIONS, LIST, POST, PUT, PATCH or DELETE. */
  method: string
  /** http or https, without a user, a password or a fragment. */
  url: URL
  /** Without those that frame a message (`host`, `content-length`, `accept-encoding`…): they are set here. */
  headers: Readonly<Record<string, string>>
  body?: Uint8Array
  /** PEM text. Then these authorities are trusted and no others. */
  ca?: string
  /** For all of it: name, connection, TLS, head and body. */
  timeoutMs: number
  signal?: AbortSignal
  /** Of the answer's body. */
  maxResponseBytes: number
}

/** Any answer with a status but a redirect's. @throws EgressError */
export type Fetch = (request: EgressRequest) => Promise<EgressAnswer>

export interface Egress {
  /** Each request on a connection of its own. */
  fetch: Fetch
  /**
   * Requests of one owner, a provider's id say, may follow each other on a connection that is kept for a few seconds.
   * No other owner's request ever comes onto it.
   */
  fetchFor(owner: string): Fetch
  /** Says now what `fetch` would refuse: resolves the name, connects to nothing. @throws EgressError */
  check(url: URL): Promise<void>
  /** Ends all connections. Requests under way, and later ones, end with `aborted`. */
  close(): Promise<void>
}

const checkMs = 10_000

/** @param lookup all addresses of a name, in the order in which to try them; the system's resolver unless given */
export function openEgress(rules: EgressRules, lookup: Lookup = lookUp): Egress {
  const resolve = oncePerName(lookup)
  const kept = keepConnections()
  const closing = new AbortController()

  const send = async (request: EgressRequest, owner: string | undefined): Promise<EgressAnswer> => {
    const target = targetOf(request.url)
    const { method, body, ca, maxResponseBytes } = request
    const headers = outgoingHeaders(request, target)
    if (ca !== undefined) checkCaBundle(ca)
    const connect: Connect = async (givingUp) => {
      const addresses = await unlessAborted(() => admit(target, rules, resolve), givingUp)
      return connectTo(target, addresses, ca, givingUp)
    }
    const fresh = (): PinnedAgent => new PinnedAgent(target.secure, false, connect)
    const agent = owner === undefined ? fresh() : kept.agentFor(owner, target, ca, connect)
    return withinTime(target, request, closing.signal, (givingUp) => {
      const what: Exchange = { target, method, headers, body, maxResponseBytes, givingUp }
      return exchange(agent, what).catch((error: unknown) => {
        if (error instanceof StaleConnection) return exchange(fresh(), what)
        throw error
      })
    })
  }

  return {
    fetch: (request) => send(request, undefined),
    fetchFor: (owner) => (request) => send(request, owner),
    check: async (url) => {
      const target = targetOf(url)
      const limits = { timeoutMs: checkMs }
      await withinTime(target, limits, closing.signal, (givingUp) =>
        unlessAborted(() => admit(target, rules, resolve), givingUp),
      )
    },
    close: async () => {
      closing.abort()
      kept.close()
    },
  }
}

/** As every program of this machine resolves names, its hosts file and search domains included. */
function lookUp(hostname: string): ReturnType<Lookup> {
  return lookupByTheSystem(hostname, { all: true, order: "verbatim" })
}

/** Who asks for a name that is being resolved waits for that answer: a slow name takes up one of few resolvers. */
function oncePerName(lookup: Lookup): Lookup {
  const underWay = new Map<string, ReturnType<Lookup>>()
  return (hostname) => {
    const sooner = underWay.get(hostname)
    if (sooner !== undefined) return sooner
    const answer = lookup(hostname).finally(() => underWay.delete(hostname))
    underWay.set(hostname, answer)
    return answer
  }
}
