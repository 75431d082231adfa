/**
 * The public keys of issuers, fetched through the egress guard and kept. However many jobs ask, an issuer is asked once
 * at a time and not more often than once a second: a flood of tokens with made-up keys doesn't become one at the issuer.
 *
 * Keys are used for ten minutes without asking. After that they still serve, for six hours at the longest, while they
 * are asked for again behind the scenes: an issuer that is down stops nobody whose key is known.
 */
import { setTimeout as wait } from "node:timers/promises"
import type { JSONWebKeySet } from "jose"
import { readJsonObject } from "../../contract/strict-json.ts"
import type { GuardedFetch } from "../../providers/provider.ts"

export interface Issuer {
  /** As its tokens say it. */
  issuer: string
  /** PEM text of the authorities that certify it; null for the usual ones. */
  ca: string | null
}

/** The keys of an issuer at one time. */
export interface IssuedKeys {
  readonly set: JSONWebKeySet
  readonly fetchedAt: number
}

export interface IssuerKeys {
  /** The keys as they are known. @throws Error when none are and the issuer can't be asked */
  current(issuer: Issuer): Promise<IssuedKeys>
  /** Keys that were fetched later than those, for a token whose key they lack. @throws Error */
  newer(issuer: Issuer, than: IssuedKeys): Promise<IssuedKeys>
}

interface Kept {
  keys?: IssuedKeys
  /** When the last fetch began. */
  began: number
  underWay?: Promise<IssuedKeys>
}

const freshMs = 10 * 60_000
const staleMs = 6 * 3_600_000
const betweenFetchesMs = 1_000
const timeoutMs = 5_000
const maxResponseBytes = 256 * 1024
const mostKeys = 100
const mostIssuers = 1_000

export function openIssuerKeys(fetch: GuardedFetch, allowsPlain: boolean): IssuerKeys {
  const known = new Map<string, Kept>()

  function keptOf({ issuer, ca }: Issuer): Kept {
    const name = JSON.stringify([issuer, ca])
    const kept = known.get(name) ?? { began: 0 }
    // Used last stands last: the first is the one to forget.
    known.delete(name)
    known.set(name, kept)
    const [oldest] = known.keys()
    if (known.size > mostIssuers && oldest !== undefined) known.delete(oldest)
    return kept
  }

  function refresh(issuer: Issuer, kept: Kept): Promise<IssuedKeys> {
    kept.underWay ??= fetchSoon(issuer, kept).finally(() => delete kept.underWay)
    return kept.underWay
  }

  async function fetchSoon(issuer: Issuer, kept: Kept): Promise<IssuedKeys> {
    await wait(Math.max(0, kept.began + betweenFetchesMs - Date.now()))
    kept.began = Date.now()
    kept.keys = { set: await fetchKeys(fetch, issuer, allowsPlain), fetchedAt: Date.now() }
    return kept.keys
  }

  return {
    current: async (issuer) => {
      const kept = keptOf(issuer)
      const age = Date.now() - (kept.keys?.fetchedAt ?? 0)
      if (kept.keys === undefined || age > staleMs) return refresh(issuer, kept)
      // Nobody waits for it: what goes wrong is told to who needs keys that aren't here.
      if (age > freshMs) refresh(issuer, kept).catch(() => undefined)
      return kept.keys
    },
    newer: async (issuer, than) => {
      const kept = keptOf(issuer)
      return kept.keys !== undefined && kept.keys !== than ? kept.keys : refresh(issuer, kept)
    },
  }
}

/** OpenID Connect Discovery 1.0: the document must name the issuer that it was asked of. */
async function fetchKeys(fetch: GuardedFetch, { issuer, ca }: Issuer, allowsPlain: boolean): Promise<JSONWebKeySet> {
  const ask = async (address: string): Promise<Record<string, unknown>> => {
    const url = new URL(address)
    if (url.protocol !== "https:" && !allowsPlain) throw new Error("an issuer is asked over https alone")
    const trusted = ca === null ? {} : { ca }
    const headers = { accept: "application/json", "user-agent": "Strongroom" }
    const answer = await fetch({ method: "GET", url, headers, timeoutMs, maxResponseBytes, ...trusted })
    if (answer.status !== 200) throw new Error(`the issuer answered with status ${String(answer.status)}`)
    return readJsonObject(answer.body)
  }
  const document = await ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`)
  if (document.issuer !== issuer) throw new Error("the discovery document names another issuer")
  if (typeof document.jwks_uri !== "string") throw new Error("the discovery document names no address of keys")
  return keySetIn(await ask(document.jwks_uri))
}

/** A key set that can be used: public keys, and not too many. @throws Error */
export function keySetIn({ keys }: Record<string, unknown>): JSONWebKeySet {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) {
    throw new Error(`a key set has "keys", from one to ${String(mostKeys)}`)
  }
  return { keys: keys.filter(isPublicKey) }
}

function isPublicKey(key: unknown): key is JSONWebKeySet["keys"][number] {
  if (typeof key !== "object" || key === null || !("kty" in key) || typeof key.kty !== "string") return false
  return key.kty !== "oct" && !("d" in key) && !("k" in key)
}
