/**
 * Serves an empty app of the same Next, as lib/process/console.ts serves the console. Reads from its parent the app's
 * folder, and sends back its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import next from "next"

export interface EmptyConsolePlan {
  /** The folder of the built app. */
  dir: string
}

process.on("message", ({ dir }: EmptyConsolePlan) => {
  void serve(dir).then((port) => process.send?.(port))
})
process.on("disconnect", () => process.exit())
process.send?.("ready")

async function serve(dir: string): Promise<number> {
  const server = createServer()
  const app = next({ dev: false, dir, httpServer: server, hostname: "127.0.0.1", port: 0 })
  await app.prepare()
  const handle = app.getRequestHandler()
  server.on("request", (request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return (server.address() as AddressInfo).port // it listens on a port
}
