/**
 * The console's process: Next behind our public port. It is a client of the API. It has no key, no login to the
 * database and no core, and can't import them.
 */
import { chmodSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import next from "next"
import { type Place, readConsoleSettings } from "../env.ts"
import { setLogLevel } from "../log.ts"

const settings = readConsoleSettings()
setLogLevel(settings.logLevel)

// The supervisor hears of Ctrl-C and tells us; when it is gone, so are we.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined)
process.on("disconnect", () => process.exit())

const server = createServer()
const app = next({
  dev: settings.development,
  dir: join(import.meta.dirname, "..", ".."),
  httpServer: server,
  // Those of the public side: Next and next-auth make URLs of them.
  hostname: settings.publicUrl.hostname,
  port: settings.port,
})
await app.prepare()
const handle = app.getRequestHandler()
server.on("request", (request, response) => void handle(request, response))
await listen(server, settings.consolePlace)
process.on("message", (message) => {
  if (message === "stop") void stop()
})
process.send?.("ready")

async function listen(server: Server, place: Place): Promise<void> {
  if ("socketPath" in place) rmSync(place.socketPath, { force: true }) // left behind by a process that was killed
  const listening = Promise.withResolvers<undefined>()
  server.once("error", listening.reject).once("listening", () => listening.resolve(undefined))
  if ("socketPath" in place) server.listen(place.socketPath)
  else server.listen(Number(place.url.port || 80), place.url.hostname.replace(/^\[|\]$/g, ""))
  await listening.promise
  if ("socketPath" in place) chmodSync(place.socketPath, 0o600)
}

/** Pages under way get a few seconds to arrive. */
async function stop(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 3_000).unref()
  await closed
  process.exit()
}
