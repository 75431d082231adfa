/**
 * The least that a Node server can do: node:http, one constant answer. Reads from its parent the head and body to
 * answer with, and sends back its port.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface TrivialAnswer {
  headers: string[]
  body: string
}

process.on("message", ({ headers, body }: TrivialAnswer) => {
  const server = createServer((_, response) => {
    response.writeHead(200, headers)
    response.end(body)
  })
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo // it listens on a port
    process.send?.(port)
  })
})
process.on("disconnect", () => process.exit())
process.send?.("ready")
