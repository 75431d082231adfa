import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { ProviderStatus } from "../contract/words.ts"
import { AppError } from "../errors.ts"
import { sendError, sendJson } from "./answer.ts"
import type { Handler, Visit } from "./handle.ts"
import { keyLines, type Metrics } from "./metrics.ts"

export interface ProbeSettings {
  /** Whether the database answers. Asked at most once at a time. */
  isReady: () => Promise<boolean>
  /** How the registered providers are doing. Asked at most once at a time. */
  providers: () => Promise<readonly ProviderState[]>
  /** The key encryption keys and what lies under each. Asked at most once at a time. */
  keys: () => Promise<readonly KeyFacts[]>
  metrics: Metrics
  /** The operator's token for `/metrics`; without one, it is answered on loopback only. */
  metricsToken: string | undefined
}

export interface ProviderState {
  scope: string
  name: string
  status: ProviderStatus
  since: Date
}

/** A key encryption key, by the label that the database knows it under. */
export interface KeyFacts {
  label: string
  state: string
  /** How many keys lie under it. */
  rows: number
}

/** Answers `/health/live`, `/health/ready` and `/metrics`. */
export function probesHandler(settings: ProbeSettings): Handler {
  const isReady = sharedFor(oneSecond, () => settings.isReady().catch(() => false))
  const providers = sharedFor(oneSecond, () => settings.providers().catch(() => undefined))
  // Metrics are wanted most when the database hangs.
  const keys = sharedFor(oneSecond, () => Promise.race([settings.keys().catch(() => []), noneAfter(oneSecond)]))
  // What else there is to tell lies in the same database: a silent one isn't asked for more.
  const readiness = async (): Promise<{
    ready: boolean
    states?: readonly ProviderState[]
    known: readonly KeyFacts[]
  }> => {
    if (!(await isReady())) return { ready: false, known: [] }
    const [states, known] = await Promise.all([providers(), keys()])
    return { ready: true, ...(states && { states }), known }
  }
  const answers: Record<string, Handler> = {
    "/health/live": (_request, response) => {
      sendJson(response, 200, '{"status":"live"}')
    },
    "/health/ready": (request, response, visit) => {
      const wanted = new URL(request.url ?? "", "http://probe").searchParams.get("provider")
      readiness().then(
        ({ ready, states, known }) => {
          // Names go to who has the token; that somebody is on loopback says too little where others run, too.
          const mayName = settings.metricsToken !== undefined && isOperator(settings.metricsToken, request, visit)
          const meant = mayName ? named(states, wanted) : undefined
          if (wanted !== null && !mayName) sendError(response, tokenOnly(), visit.requestId, "health")
          else if (wanted !== null && meant?.length === 0)
            sendError(response, noSuchProvider(), visit.requestId, "health")
          else sendReadiness(response, ready, mayName ? meant : counted(states), mayName ? activeOf(known) : undefined)
        },
        (error: unknown) => {
          sendError(response, error, visit.requestId, "health")
        },
      )
    },
    "/metrics": (request, response, visit) => {
      if (!isOperator(settings.metricsToken, request, visit))
        sendError(response, operatorOnly(), visit.requestId, "metrics")
      else void keys().then((known) => sendMetrics(settings, known, request, response))
    },
  }
  return (request, response, visit) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? ""
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (answer === undefined) sendError(response, noSuchProbe(), visit.requestId, "health")
    else if (request.method === "GET" || request.method === "HEAD") answer(request, response, visit)
    else {
      response.setHeader("allow", "GET, HEAD")
      sendError(response, new AppError("method_not_allowed", "This path answers GET, HEAD."), visit.requestId, "health")
    }
  }
}

const oneSecond = 1000

/** Ready means that Strongroom itself can serve: one backend that is away must not take it out of rotation. */
function sendReadiness(
  response: ServerResponse,
  ready: boolean,
  providers: object | undefined,
  activeKey: string | undefined,
): void {
  const text = JSON.stringify({
    status: ready ? "ready" : "unavailable",
    checks: { database: ready ? "up" : "down" },
    ...(ready && providers && { providers }),
    ...(ready && activeKey !== undefined && { activeKey }),
  })
  if (ready) sendJson(response, 200, text)
  else sendJson(response, 503, text, ["retry-after", "2"])
}

/** For everybody: how many providers are in which state. */
function counted(states: readonly ProviderState[] | undefined): Record<string, number> | undefined {
  if (states === undefined || states.length === 0) return undefined
  const byStatus = Map.groupBy(states, ({ status }) => status)
  return Object.fromEntries([...byStatus].map(([status, those]) => [status, those.length]))
}

/** For the operator: which ones; `wanted` is a provider's name, with its scope before it or without. */
function named(states: readonly ProviderState[] | undefined, wanted: string | null): object[] | undefined {
  const meant = states?.filter(({ scope, name }) => wanted === null || wanted === name || wanted === `${scope}/${name}`)
  return meant?.map(({ scope, name, status, since }) => ({ scope, name, status, since: since.toISOString() }))
}

/** The key that wraps now, by its label. */
function activeOf(keys: readonly KeyFacts[]): string | undefined {
  return keys.find(({ state }) => state === "active")?.label
}

function sendMetrics(
  { metrics }: ProbeSettings,
  keys: readonly KeyFacts[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const text = `${metrics.text()}${keyLines(keys)}`
  const length = String(Buffer.byteLength(text))
  response.writeHead(200, ["content-type", "text/plain; version=0.0.4; charset=utf-8", "content-length", length])
  response.end(request.method === "HEAD" ? undefined : text)
}

/** With a token set, it is asked for everywhere. Behind a proxy on this machine everybody seems to be on loopback. */
function isOperator(token: string | undefined, { headers }: IncomingMessage, { address }: Visit): boolean {
  if (token !== undefined) return isSame(headers.authorization ?? "", `Bearer ${token}`)
  const cameThroughAProxy = ["x-forwarded-for", "forwarded", "via"].some((name) => headers[name] !== undefined)
  return !cameThroughAProxy && address !== null && /^(?:127\.|::1$)/.test(address)
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

function tokenOnly(): AppError {
  const message =
    "Names of providers are told with the operator's token alone: set STRONGROOM_METRICS_TOKEN and send it as `Authorization: Bearer …`."
  return new AppError("unauthenticated", message)
}

function operatorOnly(): AppError {
  const message =
    "Send the operator's token (STRONGROOM_METRICS_TOKEN) as `Authorization: Bearer …`, or ask on loopback."
  return new AppError("unauthenticated", message)
}

/** A probe for a name that was mistyped must not stay green. */
function noSuchProvider(): AppError {
  return new AppError("not_found", "No provider has this name. Leave `?provider=` out to see which there are.")
}

function noSuchProbe(): AppError {
  return new AppError("not_found", "There is nothing at this path. Try /health/live, /health/ready or /metrics.")
}

async function noneAfter(milliseconds: number): Promise<readonly never[]> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
  return []
}

/** Asks once for everybody who asks within the time, so that probes can't be used to load the database. */
function sharedFor<Answer>(milliseconds: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  let until = 0
  return () => {
    if (answer === undefined || performance.now() > until) {
      until = performance.now() + milliseconds
      answer = ask()
    }
    return answer
  }
}
