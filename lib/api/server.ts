/**
 * The API's process-side: operations over HTTP, on the public port (through front, which hands requests over) and on
 * the private listener for the console, where sessions and the operations of people who are coming in are accepted.
 */
import { randomUUID } from "node:crypto"
import { chmodSync, rmSync } from "node:fs"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { isIP } from "node:net"
import type { Core } from "../core/core.ts"
import { privateCredentials, publicCredentials } from "./credential.ts"
import { type Handler, isPublic, operationsHandler, type Visit } from "./handle.ts"
import { countOperations } from "./metrics.ts"
import { openApiDocument } from "./openapi.ts"
import { type KeyFacts, type ProviderState, probesHandler } from "./probes.ts"
import { makeRouter } from "./router.ts"

/** Where the console finds the API: a socket in a folder that only we can open, or an address in a private network. */
export type PrivatePlace = { socketPath: string } | { url: URL }

export interface ApiSettings {
  core: Pick<Core, "call">
  publicUrl: URL
  /** The product's version, for the OpenAPI document. */
  version: string
  privatePlace: PrivatePlace
  metricsToken: string | undefined
  /** Whether the database answers. */
  isReady: () => Promise<boolean>
  /** How the registered providers are doing. */
  providers: () => Promise<readonly ProviderState[]>
  /** The key encryption keys, and what lies under each. */
  keys: () => Promise<readonly KeyFacts[]>
}

export interface RunningApi {
  /** Answers `/api/v1`, `/health` and `/metrics` on the public port. It answers every request and throws nothing. */
  handlePublic: Handler
  /** Stops taking requests on the private listener; resolves when those under way are answered. */
  close: () => Promise<void>
}

/** Starts the private listener, and makes the public port's handler. */
export async function startApi(settings: ApiSettings): Promise<RunningApi> {
  const { core, publicUrl } = settings
  const metrics = countOperations()
  const openApi = JSON.stringify(openApiDocument(publicUrl, settings.version))
  const shared = { core, metrics, openApi }
  const { isReady, providers, keys, metricsToken } = settings
  const probes = probesHandler({ isReady, providers, keys, metrics, metricsToken })
  const forEverybody = operationsHandler({
    ...shared,
    router: makeRouter(isPublic),
    credentialOf: publicCredentials(publicUrl),
  })
  const forTheConsole = operationsHandler({
    ...shared,
    router: makeRouter(() => true),
    credentialOf: privateCredentials,
  })
  const server = await listenPrivately(settings.privatePlace, forTheConsole)
  return {
    handlePublic: (request, response, visit) => {
      const isOperation = (request.url ?? "").startsWith("/api/")
      if (isOperation) forEverybody(request, response, visit)
      else probes(request, response, visit)
    },
    close: () => closed(server),
  }
}

async function listenPrivately(place: PrivatePlace, handle: Handler): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 30_000 }, (request, response) => {
    handle(request, response, visitOf(request))
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    if ("socketPath" in place) {
      rmSync(place.socketPath, { force: true }) // left behind by a process that was killed
      server.listen(place.socketPath, resolve)
    } else server.listen(Number(place.url.port || 80), place.url.hostname.replace(/^\[|\]$/g, ""), resolve)
  })
  if ("socketPath" in place) chmodSync(place.socketPath, 0o600)
  return server
}

/** The console says for whom it asks. */
function visitOf({ headers }: IncomingMessage): Visit {
  const address = headers["strongroom-client-address"]
  const given = headers["x-request-id"]
  return {
    requestId: typeof given === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : randomUUID(),
    address: typeof address === "string" && isIP(address) !== 0 ? address : null,
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 3_000).unref() // the console keeps its connections
  })
}
