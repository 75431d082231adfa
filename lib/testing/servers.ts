/**
 * Real OpenBao servers for tests, on free ports of this machine. They end with the test that started them, also when
 * that is killed. `npm test` installs the program; alone, `node scripts/backends.mjs` does.
 *
 * Most tests want the one server of the whole run, in `shared-openbao.ts`. Whoever seals a server, restarts it or
 * breaks it starts one here.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import type { TestCertificate } from "./certificates.ts"
import { type OpenBaoClient, openBaoClient } from "./openbao-client.ts"
import { temporaryFolder } from "./temporary-folder.ts"

export interface RunningOpenBao {
  /** Where a product under test reaches it: `https://…` when it was started with a certificate. */
  readonly address: string
  /** The same server over plain HTTP, whatever `address` is: for the test's own client and for a fault layer. */
  readonly plainAddress: string
  readonly rootToken: string
  /** A client that shares no code with the product, signed in as root. */
  readonly root: OpenBaoClient
}

export interface OpenBaoServer extends RunningOpenBao, AsyncDisposable {
  readonly pid: number
  /** What the server printed. */
  readonly log: () => string
  /** Ends the server as an operator would; settles when it is gone. */
  readonly stop: () => Promise<void>
}

export interface SealableOpenBao extends OpenBaoServer {
  /** The one share of its key. */
  readonly unsealKey: string
  readonly seal: () => Promise<void>
  /** Settles when it answers as the active server. */
  readonly unseal: () => Promise<void>
  /** Ends it with SIGKILL; what it had acknowledged is on its disk. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same port and the same files, after `stop` or `kill` or from running. It comes up sealed. */
  readonly restart: () => Promise<void>
}

export interface OpenBaoOptions {
  /** The server then listens with TLS too, and that is its `address`. */
  tls?: TestCertificate
  /** The host of an `https` address: `127.0.0.1` unless another name is wanted that leads there. */
  host?: string
}

/** A server of the test's own in dev mode: in memory, unsealed, with KV v2 at `secret/`. It is up in a third of a second. */
export async function startOpenBao(options: OpenBaoOptions = {}): Promise<OpenBaoServer> {
  const rootToken = `root-${randomUUID()}`
  const place = await findPlace(options)
  const mode = ["-dev", "-dev-no-store-token", `-dev-root-token-id=${rootToken}`]
  const config = place.https === undefined ? [] : [`-config=${configFile(place, [listener(place)])}`]
  const running = await launch(place, [...mode, `-dev-listen-address=127.0.0.1:${place.http}`, ...config])
  const end = async (): Promise<void> => {
    await running.end("SIGKILL") // nothing of it is kept
    place.remove()
  }
  return {
    ...described(place, rootToken),
    pid: running.pid,
    log: running.log,
    stop: end,
    [Symbol.asyncDispose]: end,
  }
}

/** A server with its storage on disk, initialized with one share of its key, and unsealed. It has no mounts yet. */
export async function startSealableOpenBao(options: OpenBaoOptions = {}): Promise<SealableOpenBao> {
  const { place, config, running: first } = await launchOnDisk(options)
  let running = first
  const nobody = openBaoClient({ address: place.plainAddress })
  const { rootToken, unsealKey } = await nobody.initialize()
  const server = described(place, rootToken)
  const unseal = async (): Promise<void> => {
    await nobody.unseal(unsealKey)
    await until(async () => (await nobody.health()).status === 200, running)
  }
  const stop = (): Promise<void> => running.end("SIGTERM")
  await unseal()
  return {
    ...server,
    unsealKey,
    get pid() {
      return running.pid
    },
    log: () => running.log(),
    seal: () => server.root.seal(),
    unseal,
    stop,
    kill: () => running.end("SIGKILL"),
    restart: async () => {
      await stop()
      running = await launch(place, [`-config=${config}`])
    },
    [Symbol.asyncDispose]: async () => {
      await running.end("SIGKILL")
      place.remove()
    },
  }
}

/** A server that nobody has initialized: it answers, and has no token, no key and no mounts. */
export async function startUninitializedOpenBao(
  options: OpenBaoOptions = {},
): Promise<Pick<RunningOpenBao, "address" | "plainAddress"> & AsyncDisposable> {
  const { place, running } = await launchOnDisk(options)
  const end = async (): Promise<void> => {
    await running.end("SIGKILL")
    place.remove()
  }
  return { address: place.address, plainAddress: place.plainAddress, [Symbol.asyncDispose]: end }
}

async function launchOnDisk(
  options: OpenBaoOptions,
): Promise<{ place: Place; config: string; running: ServerProcess }> {
  const place = await findPlace(options)
  mkdirSync(join(place.folder, "raft"))
  const plain = `listener "tcp" { address = "127.0.0.1:${place.http}", tls_disable = true }`
  const listeners = place.https === undefined ? [plain] : [plain, listener(place)]
  const config = configFile(place, [...listeners, ...storage(place)])
  return { place, config, running: await launch(place, [`-config=${config}`]) }
}

interface Place {
  folder: string
  http: number
  https: number | undefined
  address: string
  plainAddress: string
  tls: OpenBaoOptions["tls"]
  remove: () => void
}

async function findPlace({ tls, host = "127.0.0.1" }: OpenBaoOptions): Promise<Place> {
  const folder = temporaryFolder()
  const http = await freePort()
  const https = tls === undefined ? undefined : await freePort()
  const plainAddress = `http://127.0.0.1:${http}`
  const address = https === undefined ? plainAddress : `https://${host}:${https}`
  const remove = (): void => {
    folder[Symbol.dispose]()
  }
  return { folder: folder.path, http, https, address, plainAddress, tls, remove }
}

/** A port that was free a moment ago. A server that finds it taken ends, and `launch` says so with its words. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket
  server.close()
  await once(server, "close")
  return port
}

function listener({ folder, https, tls }: Place): string {
  const files = { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") }
  writeFileSync(files.certificate, tls?.certificate ?? "")
  writeFileSync(files.key, tls?.key ?? "", { mode: 0o600 })
  return `listener "tcp" {
  address = "127.0.0.1:${https ?? 0}"
  tls_cert_file = "${files.certificate}"
  tls_key_file = "${files.key}"
}`
}

function storage({ folder, plainAddress }: Place): string[] {
  return [
    // The multiplier makes it believe soon that nobody else leads.
    `storage "raft" { path = "${join(folder, "raft")}", node_id = "alone", performance_multiplier = 1 }`,
    `api_addr = "${plainAddress}"`,
    // No other server joins this one, so any port will do.
    `cluster_addr = "https://127.0.0.1:1"`,
    "disable_mlock = true",
  ]
}

function configFile({ folder }: Place, parts: string[]): string {
  const file = join(folder, "server.hcl")
  writeFileSync(file, parts.join("\n"))
  return file
}

function described(place: Place, rootToken: string): RunningOpenBao {
  const { address, plainAddress } = place
  return { address, plainAddress, rootToken, root: openBaoClient({ address: plainAddress, token: rootToken }) }
}

interface ServerProcess {
  pid: number
  log: () => string
  hasEnded: () => boolean
  end: (signal: "SIGTERM" | "SIGKILL") => Promise<void>
}

/** Starts the program and waits until it answers, sealed or not. */
async function launch({ folder, plainAddress }: Place, args: string[]): Promise<ServerProcess> {
  // Next's types ask for NODE_ENV. Nothing else is handed on of what the server listens to.
  const env = { HOME: folder, PATH: "/usr/bin:/bin", NODE_ENV: "test" } as const
  const child = spawn(program(), ["server", ...args], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
  const running = watched(child)
  const client = openBaoClient({ address: plainAddress })
  await until(() => client.answers(), running)
  return running
}

function program(): string {
  const path = join(import.meta.dirname, "..", "..", ".cache", "openbao", "bao")
  if (existsSync(path)) return path
  throw new Error('OpenBao is not installed. Run "node scripts/backends.mjs", which puts it into .cache/.')
}

function watched(child: ChildProcess): ServerProcess {
  const { pid } = child
  if (pid === undefined) throw new Error("OpenBao did not start: its program could not be run.")
  let log = ""
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()))
  const ended = once(child, "close")
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  endWithUs(child, pid)
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return { pid, log: () => log, hasEnded, end }
}

/** A shell that waits until our end of its input closes, which the system does for us when we are killed. */
function endWithUs(child: ChildProcess, pid: number): void {
  const watch = 'cat >/dev/null; kill -9 "$1" 2>/dev/null'
  const watcher = spawn("sh", ["-c", watch, "sh", String(pid)], { stdio: ["pipe", "ignore", "ignore"], detached: true })
  child.once("exit", () => {
    watcher.kill("SIGKILL") // its number may be another's by now
  })
  watcher.unref()
}

async function until(isSo: () => Promise<boolean>, server: ServerProcess): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isSo())) {
    if (server.hasEnded() || performance.now() > deadline) throw new Error(`OpenBao did not start.\n${server.log()}`)
    await pause(20)
  }
}
