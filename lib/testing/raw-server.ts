/** A server that speaks whatever a test has it say, byte by byte, and remembers all that came. */
import { once } from "node:events"
import { type AddressInfo, createServer as createTcp, type Socket } from "node:net"
import { createServer as createTls } from "node:tls"
import type { TestCertificate } from "./certificates.ts"

export interface RawServer extends AsyncDisposable {
  port: number
  /** Connections that were made, also those that sent nothing or never became secure. */
  connections(): number
  /** Those of them that haven't ended. */
  openConnections(): number
  /** All bytes that came, as Latin-1. */
  received(): string
}

/** What is done with a request when its head and its body of `content-length` bytes are there. */
export type Reply = (socket: Socket, request: string) => void

export async function aRawServer(reply: Reply | string, certificate?: TestCertificate): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const answer: Reply = typeof reply === "string" ? (socket) => socket.write(reply) : reply
  let received = ""
  let connections = 0
  const serve = (socket: Socket): void => {
    let request = ""
    socket.on("error", () => socket.destroy())
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1")
      request += bytes.toString("latin1")
      if (!isWhole(request)) return
      const whole = request
      request = ""
      answer(socket, whole)
    })
  }
  const server =
    certificate === undefined
      ? createTcp(serve)
      : createTls({ cert: certificate.certificate, key: certificate.key }, serve)
  server.on("connection", (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    socket.on("error", () => socket.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    connections: () => connections,
    openConnections: () => sockets.size,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

/** An answer of HTTP/1.1 whose end is told by its length. */
export function anAnswer(body = "", head = "HTTP/1.1 200 OK"): string {
  return `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function isWhole(request: string): boolean {
  const [head = "", ...rest] = request.split("\r\n\r\n")
  if (rest.length === 0) return false
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
  return rest.join("\r\n\r\n").length >= length
}
