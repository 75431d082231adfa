import type { IncomingMessage, Server } from "node:http"
import { connect, type Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ConsolePlace } from "./forwarder.ts"
import { pairs } from "./headers.ts"

/**
 * Development only: lets the console's hot reload through, and no other upgrade. Otherwise this port never switches
 * protocols. A page of another site could open such a connection too, so its Origin must be ours.
 */
export function allowHotReload(server: Server, place: ConsolePlace, publicUrl: URL): void {
  server.on("upgrade", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const { host, origin } = request.headers
    const ours = host === publicUrl.host && origin === publicUrl.origin
    if (!ours || !(request.url ?? "").startsWith("/_next/")) {
      client.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
      return
    }
    request.socket.setTimeout(0) // it may be silent for as long as nobody edits anything
    const upstream = dial(place)
    upstream.once("connect", () => {
      upstream.write(headOf(request))
      upstream.write(head)
      client.pipe(upstream).pipe(client)
    })
    endTogether(client, upstream)
  })
}

function dial(place: ConsolePlace): Socket {
  if ("socketPath" in place) return connect(place.socketPath)
  return connect(Number(place.url.port || 80), place.url.hostname)
}

function headOf(request: IncomingMessage): string {
  const lines = [...pairs(request.rawHeaders)].map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("")}\r\n`
}

function endTogether(one: Duplex, other: Duplex): void {
  one.on("error", () => other.destroy()).on("close", () => other.destroy())
  other.on("error", () => one.destroy()).on("close", () => one.destroy())
}
