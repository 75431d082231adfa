/**
 * Requests to one Vault, and their answers. The one file that knows node-vault.
 *
 * node-vault by itself follows redirects with the token, leaves paths unencoded, takes what it isn't given from
 * environment variables, and has tokens and values in its errors. So it gets our transport, and nothing of ours but one
 * request: a client is made for each call and knows no token, every setting that it would look up in the environment is
 * set over, and the answer goes past it.
 */
import { setTimeout as pause } from "node:timers/promises"
import nodeVault from "node-vault"
import { expose, type Secret } from "../../secret.ts"
import {
  type GuardedAnswer,
  type GuardedRequest,
  ProviderError,
  type RemoteHost,
  type ServerCertificate,
} from "../provider.ts"
import { isStillUpgrading } from "./errors.ts"
import { notJson, parseJson } from "./json.ts"
import { encoded } from "./paths.ts"
import type { VaultSettings } from "./settings.ts"

export interface VaultCall {
  /** A list is a GET with `list: "true"` in its query. */
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Segments beneath `/v1/`, each as it is called, not encoded: `["kv", "data", "acme", "DB_PASSWORD"]`. */
  path: readonly string[]
  query?: Readonly<Record<string, string>>
  /** What becomes JSON. */
  body?: object
  /** The body's, where it isn't plain JSON. */
  contentType?: string
  /** Null sends none. There is no other place that one could come from. */
  token: Secret | null
  /** False for what the server only answers outside of namespaces, such as `sys/health`. */
  namespace?: boolean
  timeoutMs?: number
  maxResponseBytes?: number
}

export interface VaultAnswer {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** Undefined when there was none. With a failure's status also when it wasn't JSON, such as a proxy's page. */
  body: unknown
  /** Null without TLS. */
  certificate: ServerCertificate | null
  latencyMs: number
}

export interface VaultClient {
  /**
   * One request, which is repeated for a second or two while Vault says that it can't do it yet. No status is an error.
   * @throws ConnectionError when no whole answer came
   * @throws ProviderError `invalid` for a path that can't be sent; `unavailable` when something else than Vault
   * answered: a page with a good status
   */
  call(call: VaultCall): Promise<VaultAnswer>
  /** Ends calls under way, and makes further ones fail. */
  close(): void
}

export function openClient(settings: VaultSettings, host: Pick<RemoteHost, "fetch">): VaultClient {
  const closing = new AbortController()
  // Of the last write that was answered, where the server is one of several that lag behind each other (Enterprise, HCP).
  let state: string | undefined

  const once = async (wanted: VaultCall): Promise<VaultAnswer> => {
    const started = performance.now()
    const headers = headersOf(settings, wanted, state)
    const answer = await throughNodeVault(settings, wanted, headers, (sent) =>
      host.fetch(requestOf(settings, wanted, sent, closing.signal)),
    )
    state = stateIn(answer) ?? state
    return described(answer, performance.now() - started)
  }
  return { call: (wanted) => patiently(() => once(wanted)), close: () => closing.abort() }
}

/** Asks again what Vault says that it didn't do yet: it lags behind our last write, or is still preparing the mount. */
async function patiently(ask: () => Promise<VaultAnswer>): Promise<VaultAnswer> {
  const patientUntil = performance.now() + patienceMs
  for (const waitMs of [100, 200, 400, 800]) {
    const answer = await ask()
    if (answer.status !== 412 && !isStillUpgrading(answer)) return answer
    // One that takes its time to say so would keep us from the others' servers for five times as long.
    if (performance.now() > patientUntil) return answer
    await pause(waitMs)
  }
  return ask()
}

const patienceMs = 3_000

interface Sent {
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body: Uint8Array | undefined
}

/** What node-vault 0.12 hands to its `request-promise`. */
interface FromNodeVault {
  method: string
  uri: string
  headers: Record<string, string>
  json?: object
}

/** Sends by node-vault. It makes the request; what we make of it in `send` is what goes out. */
async function throughNodeVault(
  { address }: VaultSettings,
  { method, path, query, body }: VaultCall,
  headers: Record<string, string>,
  send: (sent: Sent) => Promise<GuardedAnswer>,
): Promise<GuardedAnswer> {
  const search = query === undefined ? "" : `?${new URLSearchParams(query).toString()}`
  const target = `/${encoded(path)}${search}`
  let answer: GuardedAnswer | undefined
  const transport = async ({ method, uri, headers, json }: FromNodeVault): Promise<unknown> => {
    const url = new URL(uri)
    // A URL resolves dots in its path, and would take us elsewhere. Our segments have none; this is the second lock.
    if (url.href !== `${address}/v1${target}`) throw new ProviderError("invalid", "That path can't be sent to Vault.")
    answer = await send({ method, url, headers, body: json === undefined ? undefined : bytesOf(json) })
    // Whatever came: it makes no error of its own then, and sees no token or value of the answer.
    return { statusCode: 200, body: null, request: { path: "" } }
  }
  await nodeVaultWith(address, transport).request({ method, path: target, headers, ...(body && { json: body }) })
  if (answer === undefined) throw new Error("node-vault didn't use the transport that it was given.")
  return answer
}

function nodeVaultWith(endpoint: string, transport: (sent: FromNodeVault) => Promise<unknown>): nodeVault.client {
  const client = nodeVault({
    endpoint,
    apiVersion: "v1",
    "request-promise": { defaults: () => transport },
    commands: {}, // none of its own: they fill paths with text
    debug: () => undefined, // it would print values
  })
  // What it wasn't given, it took from VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX.
  return Object.assign(client, { token: "", namespace: "", pathPrefix: "" })
}

function requestOf({ ca }: VaultSettings, call: VaultCall, sent: Sent, signal: AbortSignal): GuardedRequest {
  const { method, url, headers, body } = sent
  return {
    method,
    url,
    headers,
    timeoutMs: call.timeoutMs ?? 10_000,
    maxResponseBytes: call.maxResponseBytes ?? 1024 * 1024,
    signal,
    ...(body && { body }),
    ...(ca !== "" && { ca }),
  }
}

function headersOf(
  { namespace }: VaultSettings,
  { token, body, contentType = "application/json", namespace: inNamespace = true }: VaultCall,
  state: string | undefined,
): Record<string, string> {
  return {
    accept: "application/json",
    // Agents and proxies of Vault's refuse requests without it, which a browser could be made to send.
    "X-Vault-Request": "true",
    ...(body && { "content-type": contentType }),
    ...(token && { "X-Vault-Token": tokenText(token) }),
    ...(inNamespace && namespace !== "" && { "X-Vault-Namespace": namespace }),
    // A server that hasn't seen our last write yet asks the active one, instead of answering that nothing is there.
    ...(token && state !== undefined && { "X-Vault-Index": state, "X-Vault-Inconsistent": "forward-active-node" }),
  }
}

/** @throws ProviderError `unauthenticated` for what can't be a token, such as one that was pasted with a line break */
function tokenText(token: Secret): string {
  const text = Buffer.from(expose(token)).toString("latin1")
  if (/^[\x21-\x7E]{1,8192}$/.test(text)) return text
  throw new ProviderError(
    "unauthenticated",
    "The token has white space or characters in it that no token has. Enter it again.",
  )
}

function bytesOf(json: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json))
}

/** It goes back to the server as it came, so it must be harmless in a header. */
function stateIn({ headers }: GuardedAnswer): string | undefined {
  const state = headers["x-vault-index"]
  return state !== undefined && /^[A-Za-z0-9+/=_.:-]{1,512}$/.test(state) ? state : undefined
}

function described({ status, headers, body, certificate }: GuardedAnswer, latencyMs: number): VaultAnswer {
  const answer = { status, headers, certificate: certificate ?? null, latencyMs }
  if (body.byteLength === 0) return { ...answer, body: undefined }
  const json = isJson(headers["content-type"]) ? parseJson(body) : notJson
  if (json !== notJson) return { ...answer, body: json }
  if (status >= 300) return { ...answer, body: undefined }
  throw new ProviderError(
    "unavailable",
    "Something else than Vault answered at this address: a page, or an answer that was changed on its way. Is there a proxy in between?",
  )
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json\b/i.test(contentType)
}
