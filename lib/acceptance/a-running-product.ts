/**
 * The product's own processes, as the supervisor starts them, on a database of the test's own: the real api with its
 * public port, and behind it the real console or one that only takes down what reaches it.
 *
 *     await using product = await aRunningProduct({ console: "stand-in" })
 *     const acme = await product.house.organization("acme")
 *     await product.ask("GET", "/api/v1/scopes/acme/secrets", { token })
 */
import { type ChildProcess, fork } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer, Agent as HttpAgent, request as httpRequest, type Server } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { stripVTControlCharacters } from "node:util"
import type { PersonCaller } from "../core/caller.ts"
import { parseKeyEncryptionKeys } from "../crypto/configured-keys.ts"
import { Keyring } from "../crypto/keyring.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { readSupervisorSettings } from "../env.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { freePort } from "../testing/servers.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"

export interface RunningProduct extends AsyncDisposable {
  port: number
  origin: string
  /** The same database, for what a test prepares and looks at without asking the product. */
  house: TestHouse
  kek: string
  api: ChildProcess
  /** Undefined for a stand-in. */
  console: ChildProcess | undefined
  /** Where the real console or the stand-in listens. */
  consoleSocket: string
  folder: string
  /** Requests that reached the stand-in console: method and target. */
  seenByConsole: string[]
  /** Every line that the processes printed. */
  printed: { api: string[]; console: string[] }
  /** Sends a well-formed request to the public port. */
  ask(method: string, target: string, more?: Asking): Promise<Answered>
  /** Sends bytes as they are to the public port, and gives back all that comes. */
  send(bytes: string, patienceMs?: number): Promise<Exchange>
  /** A session of this person: the value of the console's cookie. */
  openSession(person: PersonCaller): Promise<string>
}

export interface Asking {
  token?: string | undefined
  session?: string | undefined
  headers?: Readonly<Record<string, string | readonly string[]>>
  body?: string | Buffer
  /** Asks there instead, past the public port. */
  socketPath?: string
}

export interface Answered {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
}

export interface Exchange {
  text: string
  /** Whether the other side ended the connection; else it fell silent. */
  ended: boolean
}

export interface ProductOptions {
  console?: "real" | "stand-in"
  /** What the api process is told instead of the database's own address. */
  databaseUrl?: (url: string) => string
  house?: TestHouse
  kek?: string
  /** Runs the console as this user, and puts a port of this machine between it and the api, as docs/operate.md says. */
  consoleUser?: number
  /** Options of Node for a process, beside those of the supervisor. */
  nodeOptions?: Readonly<Partial<Record<"api" | "console", readonly string[]>>>
}

const parts = join(import.meta.dirname, "..", "process")

export async function aRunningProduct(options: ProductOptions = {}): Promise<RunningProduct> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(temporaryFolder()).path
  const kek = options.kek ?? randomBytes(32).toString("base64url")
  const keyring = new Keyring(parseKeyEncryptionKeys(kek))
  const house = options.house ?? started.use(await aHouse({ keyring }))
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const consoleSocket = join(folder, "console.sock")
  const printed: RunningProduct["printed"] = { api: [], console: [] }
  const isApart = options.consoleUser !== undefined
  const environment = environmentsFor(port, {
    STRONGROOM_API_URL: isApart ? `http://127.0.0.1:${await freePort()}` : `unix:${join(folder, "api.sock")}`,
    STRONGROOM_CONSOLE_URL: isApart ? `http://127.0.0.1:${await freePort()}` : `unix:${consoleSocket}`,
    DATABASE_URL: (options.databaseUrl ?? ((url: string) => url))(house.appUrl),
    STRONGROOM_KEK: kek,
    AUTH_SECRET: randomBytes(32).toString("base64"),
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  })
  const seenByConsole: string[] = []
  if (options.console !== "real") started.use(await aStandIn(consoleSocket, seenByConsole))
  const startOf = (part: "api" | "console"): ChildProcess =>
    startProcess(join(parts, `${part}.ts`), environment(part), printed[part], {
      nodeOptions: options.nodeOptions?.[part],
      user: part === "console" ? options.consoleUser : undefined,
    })
  const api = startOf("api")
  started.defer(() => end(api))
  const console = options.console === "real" ? startOf("console") : undefined
  if (console !== undefined) started.defer(() => end(console))
  await Promise.all([ready(api, printed.api), console && ready(console, printed.console)])
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 64 })
  started.defer(() => agent.destroy())
  const running = started.move()
  return {
    port,
    origin,
    house,
    kek,
    api,
    console,
    consoleSocket,
    folder,
    seenByConsole,
    printed,
    ask: (method, target, asking = {}) => ask({ port, agent }, method, target, asking),
    send: (bytes, patienceMs = 2_000) => exchange(port, bytes, patienceMs),
    openSession: (person) => openSession(house, person),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What the process holds in memory now, in bytes: pages that are shared with nobody but files of its own. */
export function residentMemory({ pid }: ChildProcess): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, "utf8"))
  return Number(line?.[1] ?? 0) * 1024
}

/** Lines that are not one JSON object each, or that would do something to a terminal. */
export function brokenLines(printed: readonly string[]): string[] {
  return printed.filter((line) => {
    if (line.startsWith("First owner: open ")) return false
    return stripVTControlCharacters(line) !== line || !isRecord(line)
  })
}

function isRecord(line: string): boolean {
  try {
    const found: unknown = JSON.parse(line)
    return typeof found === "object" && found !== null && !Array.isArray(found)
  } catch {
    return false
  }
}

/** The exact variables that the supervisor would hand to each part. */
function environmentsFor(port: number, given: Readonly<Record<string, string>>) {
  const { PATH = "", HOME = "" } = process.env
  const settings = readSupervisorSettings("/nonexistent", {
    PATH,
    HOME,
    PORT: String(port),
    STRONGROOM_EGRESS_LOOPBACK: "allow",
    LOG_LEVEL: "debug",
    ...given,
  })
  return (part: "api" | "console") => settings.environmentOf(part, { NODE_ENV: "production" })
}

function startProcess(
  entry: string,
  env: Record<string, string>,
  printed: string[],
  { nodeOptions = [], user }: { nodeOptions: readonly string[] | undefined; user: number | undefined },
): ChildProcess {
  const child = fork(entry, [], {
    env: { ...env, NODE_ENV: "production" },
    execArgv: ["--disable-proto=delete", ...nodeOptions],
    ...(user !== undefined && { uid: user, gid: user }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  })
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on("line", (line) => printed.push(line))
  }
  return child
}

async function ready(child: ChildProcess, printed: readonly string[]): Promise<void> {
  const ended = once(child, "exit").then(() => {
    throw new Error(`A process of the product didn't start:\n${printed.slice(-10).join("\n")}`)
  })
  await Promise.race([once(child, "message"), ended])
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

/** A console that answers everything, and keeps what it was asked. */
async function aStandIn(socketPath: string, seen: string[]): Promise<AsyncDisposable> {
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""}`)
    request.resume().on("end", () => response.end("from the console"))
  })
  server.listen(socketPath)
  await once(server, "listening")
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

function ask(
  { port, agent }: { port: number; agent: HttpAgent },
  method: string,
  path: string,
  { token, session, headers = {}, body, socketPath }: Asking,
): Promise<Answered> {
  const all = {
    host: `localhost:${port}`,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(session !== undefined && { cookie: `strongroom-session=${session}` }),
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const place = socketPath === undefined ? { port, agent } : { socketPath }
    const asked = httpRequest({ ...place, host: "127.0.0.1", method, path, headers: all }, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        })
      })
    })
    asked.on("error", reject)
    asked.end(body)
  })
}

function exchange(port: number, bytes: string, patienceMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    let text = ""
    let ended = true
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"))
    socket.setTimeout(patienceMs, () => {
      ended = false
      socket.destroy()
    })
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
    })
    socket.on("error", () => socket.destroy())
    socket.on("close", () => resolve({ text, ended }))
  })
}

async function openSession({ house }: TestHouse, person: PersonCaller): Promise<string> {
  const id = newId()
  const session = newToken("ses", id)
  await house.database.prisma.session.create({
    data: {
      organizationId: person.organizationId,
      id,
      personId: person.id,
      hash: Buffer.from(session.hash),
      method: "password",
      expiresAt: new Date(Date.now() + 3_600_000),
    },
  })
  return session.token
}
