/**
 * What stands between the product and a real server, and does to their exchange what networks, proxies and ailing
 * servers do. It plays one fault at a time (`faults.ts` has them), to all requests or to chosen ones, and records what
 * came by, so that a test can say "one call reached the server".
 *
 *     await using layer = await faultLayer(server.plainAddress)
 *     await layer.play(faults.resetAfter, { method: "POST", path: /\/data\//, nth: 2 })
 *     …the product, at layer.address…
 *     expect(layer.calls()).toHaveLength(2)
 *     await layer.clear()
 */
import { createHash } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type Server as TlsServer } from "node:https"
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net"
import type { TestCertificate } from "./certificates.ts"
import type { OpenBaoClient } from "./openbao-client.ts"

export interface FaultLayer extends AsyncDisposable {
  /** What the product is told instead of the server's address. */
  readonly address: string
  /** Plays this fault, and no other, from now on. Without `when` to every request, until `clear`. */
  readonly play: (fault: Fault, when?: When) => Promise<void>
  /** Plays nothing any more. Connections of requests that were held are cut, and what was held back never arrives. */
  readonly clear: () => Promise<void>
  /** Lets what is held go on, late: a request is applied, an answer sent, the rest of a slow body comes at once. */
  readonly release: () => void
  /** The requests that came by, in their order. */
  readonly calls: (which?: Which) => Call[]
  /** Forgets the calls so far. */
  readonly forget: () => void
  /** Where `faults.redirected` leads. */
  readonly elsewhere: Elsewhere
}

export interface Which {
  /** Upper case. */
  method?: string
  /** Tried against the path with its query, as it was sent: `/v1/secret/data/a?version=1`. */
  path?: RegExp
}

export interface When extends Which {
  /** Only the nth matching request from now on: 1 is the next. */
  nth?: number
  /** Only the first so many matching requests. */
  times?: number
}

export interface Call {
  method: string
  path: string
  /** In lower case. Their values aren't kept. */
  headerNames: string[]
  /** SHA-256 of the X-Vault-Token, in hex: `tokenHash(token)`. */
  tokenHash: string | undefined
  namespace: string | undefined
  /** The name of the fault that was played to it. */
  fault: string | undefined
  /** Whether the server behind received it and answered. */
  applied: boolean
  /** What the server behind answered, or what a fault answered for it. */
  status: number | undefined
}

export interface Elsewhere {
  readonly address: string
  readonly connections: () => number
  /** Every byte that was sent to it. It answers all with 200 and `{"data":{}}`. */
  readonly received: () => string
}

/** What a fault does: to the port, or to a request. */
export interface Fault {
  readonly name: string
  /** Nobody listens, or whoever does shows another certificate. It can't be chosen by request. */
  readonly port?: "closed" | TestCertificate
  readonly react?: (exchange: Exchange) => Promise<void>
}

/** One request, whole, with all that can be done about it. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly token: string | undefined
  readonly elsewhere: Elsewhere
  /** For faults that happen at the real server. */
  readonly root: () => OpenBaoClient
  /** Hands the request to the server, which applies it. */
  readonly apply: () => Promise<Reply>
  readonly answer: (reply: Reply) => void
  /** The bare response, for what isn't a whole answer. */
  readonly response: ServerResponse
  /** Ends the connection with a TCP reset. */
  readonly reset: () => void
  /** Settles at `release`; never after a `clear`. */
  readonly hold: () => Promise<void>
}

export interface Reply {
  status: number
  headers: Record<string, string | string[]>
  body: Buffer
}

export interface FaultLayerOptions {
  /** Makes the layer listen with TLS. */
  tls?: TestCertificate
  /** Root at the server behind: for `faults.revokedToken` and `faults.expiredToken`. */
  root?: OpenBaoClient
  /** The host of an `https` address, where the certificate has a name: `127.0.0.1` otherwise. */
  host?: string
}

/** @param target the server's address, plain HTTP */
export async function faultLayer(target: string, options: FaultLayerOptions = {}): Promise<FaultLayer> {
  const { tls, root, host = "127.0.0.1" } = options
  const elsewhere = await listenElsewhere()
  const door = await openDoor(tls, (incoming, response) => {
    void attend(incoming, response)
  })
  const held = new Set<Held>()
  let calls: Call[] = []
  let playing: { fault: Fault; when: When; seen: number } | undefined

  async function attend(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = recorded(incoming)
    calls.push(call)
    const fault = nextFault(call)
    call.fault = fault?.name
    try {
      const body = await bodyOf(incoming)
      const exchange = exchangeOf(incoming, response, body, call)
      if (fault?.react === undefined) exchange.answer(await exchange.apply())
      else await fault.react(exchange)
    } catch (error) {
      response.destroy() // the server behind is gone, or the client, or the fault was cleared
      if (!(error instanceof Cleared || isConnectionError(error))) throw error
    }
  }
  function nextFault(call: Call): Fault | undefined {
    if (playing === undefined || !fits(call, playing.when)) return undefined
    const { nth, times = Number.POSITIVE_INFINITY } = playing.when
    playing.seen++
    return (nth === undefined ? playing.seen <= times : playing.seen === nth) ? playing.fault : undefined
  }
  function exchangeOf(incoming: IncomingMessage, response: ServerResponse, body: Buffer, call: Call): Exchange {
    return {
      method: call.method,
      path: call.path,
      token: headerOf(incoming, "x-vault-token"),
      elsewhere,
      root: () => {
        if (root === undefined) throw new Error("This fault happens at the server: give `root` to faultLayer.")
        return root
      },
      apply: async () => {
        const reply = await forward(target, incoming, body)
        call.applied = true
        call.status = reply.status
        return reply
      },
      answer: (reply) => {
        call.status = reply.status
        response.writeHead(reply.status, reply.headers).end(reply.body)
      },
      response,
      reset: () => {
        door.reset(incoming.socket.remotePort)
      },
      hold: () => {
        const { promise, resolve, reject } = Promise.withResolvers<undefined>()
        promise.catch(() => undefined) // a fault may have stopped waiting for it
        held.add({ release: () => resolve(undefined), cut: () => reject(new Cleared()) })
        return promise
      },
    }
  }
  function letGo(what: "release" | "cut"): void {
    for (const one of held) one[what]()
    held.clear()
  }
  async function clear(): Promise<void> {
    const { fault } = playing ?? {}
    playing = undefined
    letGo("cut")
    if (fault?.port !== undefined) await door.restore()
  }
  return {
    address: `${tls === undefined ? "http" : "https"}://${host}:${door.port}`,
    elsewhere,
    calls: (which = {}) => calls.filter((call) => fits(call, which)),
    forget: () => {
      calls = []
    },
    release: () => letGo("release"),
    clear,
    play: async (fault, when = {}) => {
      await clear()
      playing = { fault, when, seen: 0 }
      if (fault.port === "closed") await door.close()
      else if (fault.port !== undefined) door.show(fault.port)
    },
    [Symbol.asyncDispose]: async () => {
      letGo("cut")
      await Promise.all([door.close(), elsewhere.close()])
    },
  }
}

/** As a call shows a token, and as a test can compare it. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}

interface Held {
  release: () => void
  cut: () => void
}

class Cleared extends Error {}

function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" && /^(ECONN|EPIPE|ERR_STREAM|HPE_)/.test(code)
}

function recorded(incoming: IncomingMessage): Call {
  const token = headerOf(incoming, "x-vault-token")
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headerNames: Object.keys(incoming.headers),
    tokenHash: token === undefined ? undefined : tokenHash(token),
    namespace: headerOf(incoming, "x-vault-namespace"),
    fault: undefined,
    applied: false,
    status: undefined,
  }
}

function fits(call: Call, { method, path }: Which): boolean {
  return (method === undefined || call.method === method) && (path === undefined || path.test(call.path))
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name]
  return Array.isArray(value) ? value.join(", ") : value
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer) // no encoding was set, so these are bytes
  return Buffer.concat(parts)
}

/** The path goes on as it came: what a client failed to encode is the server's to see. */
async function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<Reply> {
  const { connection: _, "transfer-encoding": __, ...headers } = incoming.headers
  const { hostname, port } = new URL(target)
  const outgoing = request({ hostname, port, agent: false, method: incoming.method, path: incoming.url, headers })
  outgoing.end(body)
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage]
  const content = await bodyOf(answer)
  const { connection: ___, "keep-alive": ____, "transfer-encoding": _____, ...kept } = answer.headers
  const given = Object.entries(kept).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { status: answer.statusCode ?? 0, headers: Object.fromEntries(given), body: content }
}

interface Door {
  port: number
  /** Ends the connection of the client at this port of its own. */
  reset: (remotePort: number | undefined) => void
  close: () => Promise<void>
  show: (other: TestCertificate) => void
  /** Listens again on its port, with its own certificate. */
  restore: () => Promise<void>
}

async function openDoor(
  tls: TestCertificate | undefined,
  attend: (incoming: IncomingMessage, response: ServerResponse) => void,
): Promise<Door> {
  const server = tls === undefined ? createServer(attend) : createTlsServer(pem(tls), attend)
  // By the client's port. With TLS these are the bare connections beneath it.
  const connections = new Map<number | undefined, Socket>()
  server.on("connection", (socket: Socket) => {
    const { remotePort } = socket
    connections.set(remotePort, socket)
    socket.once("close", () => connections.delete(remotePort))
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket
  const cutAll = (): void => {
    for (const socket of connections.values()) socket.destroy()
  }
  const show = (certificate: TestCertificate): void => {
    if (!("setSecureContext" in server)) throw new Error("This layer has no TLS: give `tls` to faultLayer.")
    server.setSecureContext(pem(certificate))
    cutAll() // whoever is connected saw the other one
  }
  return {
    port,
    show,
    reset: (remotePort) => connections.get(remotePort)?.resetAndDestroy(),
    close: async () => {
      if (!server.listening) return
      server.close()
      cutAll()
      await once(server, "close")
    },
    restore: async () => {
      if (tls !== undefined) show(tls)
      if (!server.listening) await listen(server, port)
    },
  }
}

async function listen(server: Server | TlsServer, port: number): Promise<void> {
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
}

function pem({ certificate, key }: TestCertificate): { cert: string; key: string } {
  return { cert: certificate, key }
}

/** A server that nobody should talk to, and that answers as if all were well. */
async function listenElsewhere(): Promise<Elsewhere & { close: () => Promise<void> }> {
  let received = ""
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1")
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"data":{}}`)
    })
    socket.on("error", () => socket.destroy())
    socket.once("close", () => sockets.delete(socket))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket
  return {
    address: `http://127.0.0.1:${port}`,
    connections: () => connections,
    received: () => received,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, "close")
    },
  }
}
