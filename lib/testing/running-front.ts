/** For front's tests: a front with a small API and a small console behind it, and a client that speaks raw HTTP. */
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ApiHandler, createFront, type FrontSettings } from "../front/server.ts"

export interface RunningFront {
  port: number
  /** Requests that reached the console, as it saw them. */
  seenByConsole: { url: string; headers: Record<string, unknown>; body: string }[]
  /** Targets that reached the API. */
  seenByApi: string[]
  reports: string[]
  /** Sends the text as it is and gives back all that comes until the connection ends or falls silent. */
  send: (text: string) => Promise<string>
  /** Sends a well-formed request. */
  ask: (line: string, headers?: Record<string, string>, body?: string) => Promise<Answer>
  stopConsole: () => Promise<void>
  [Symbol.asyncDispose]: () => Promise<void>
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export const publicUrl = new URL("http://strongroom.test")

export async function runningFront(
  settings: Partial<FrontSettings> = {},
  console: RequestListener = (_request, response) => response.end("from the console"),
): Promise<RunningFront> {
  const folder = await mkdtemp(join(tmpdir(), "front-"))
  const socketPath = join(folder, "console.sock")
  const seenByConsole: RunningFront["seenByConsole"] = []
  const seenByApi: string[] = []
  const reports: string[] = []
  const upstream = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString()
      seenByConsole.push({ url: request.url ?? "", headers: request.headers, body })
      console(request, response)
    })
  })
  await listening(upstream, socketPath)
  const api: ApiHandler = (request, response, visit) => {
    seenByApi.push(request.url ?? "")
    const body = JSON.stringify(visit)
    response.writeHead(200, ["content-type", "application/json", "content-length", String(body.length)]).end(body)
  }
  const report: FrontSettings["report"] = (message, fields) => reports.push(`${message} ${JSON.stringify(fields)}`)
  const place = { socketPath }
  const front = createFront({
    publicUrl,
    trustedProxies: [],
    console: place,
    api,
    development: false,
    report,
    ...settings,
  })
  await listening(front, 0)
  const { port } = front.address() as AddressInfo // it listens on a port, not on a socket
  const send = (text: string): Promise<string> => exchange(port, text)
  const ask: RunningFront["ask"] = async (line, headers = {}, body = "") => {
    const length: Record<string, string> = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) }
    const all = { Host: publicUrl.host, Connection: "close", ...length, ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    return parsed(await send(`${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`))
  }
  const stopConsole = async (): Promise<void> => closed(upstream)
  const stop = async (): Promise<void> => {
    await Promise.all([closed(front), closed(upstream)])
    await rm(folder, { recursive: true, force: true })
  }
  return { port, seenByConsole, seenByApi, reports, send, ask, stopConsole, [Symbol.asyncDispose]: stop }
}

async function listening(server: Server, where: string | number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof where === "string") server.listen(where, resolve)
    else server.listen(where, "127.0.0.1", resolve)
  })
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}

/** How long a connection may be silent until we believe that nothing more comes. */
const silence = 3_000

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"))
    socket.setTimeout(silence, () => socket.destroy())
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1")
    })
    socket.on("error", () => socket.destroy())
    socket.on("close", () => {
      resolve(answer)
    })
  })
}

export function parsed(answer: string): Answer {
  const [head = "", ...rest] = answer.split("\r\n\r\n")
  const [first = "", ...lines] = head.split("\r\n")
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(":")
    const name = line.slice(0, at).toLowerCase()
    const value = line.slice(at + 1).trim()
    headers[name] = name in headers ? `${headers[name] ?? ""}, ${value}` : value
  }
  return { status: Number(first.split(" ")[1]), headers, body: rest.join("\r\n\r\n") }
}
