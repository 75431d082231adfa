/**
 * What lies about where a process runs belongs to the operator: tokens in the environment and in the home folder, a
 * pod's own token, a cloud's metadata. A tenant's provider gets none of it, not even when its server asks for it. The
 * real api process runs among baits here; a tenant's server keeps every byte that it is sent.
 */
import { type ChildProcess, fork } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseKeyEncryptionKeys } from "../crypto/configured-keys.ts"
import { Keyring } from "../crypto/keyring.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { type Canary, findCanaries } from "../testing/canaries.ts"
import type { KvV2 } from "../testing/openbao-client.ts"
import { aRawServer, type RawServer } from "../testing/raw-server.ts"
import { freePort } from "../testing/servers.ts"
import { aKvV2Mount, type KvMount } from "../testing/shared-openbao.ts"
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts"

const baits: Canary[] = []
/** A bait that can stand in a header, a file and a variable. */
function bait(where: string): string {
  const value = `bait${randomBytes(15).toString("hex")}`
  baits.push({ planted: where, value, needle: value })
  return value
}

let house: TestHouse
let acme: TestOrganization
let mount: KvMount<KvV2>
let folder: TemporaryFolder
let api: ChildProcess
let address: string
let personalToken: string
let machineToken: string
/** The tenant's server. */
let hostile: Hostile
/** What stands where the baits lead to: a proxy, the operator's Vault, metadata. Nobody should come. */
const traps = new Map<string, RawServer>()
const notes = (): string =>
  existsSync(join(folder.path, "notes")) ? readFileSync(join(folder.path, "notes"), "utf8") : ""

beforeAll(async () => {
  folder = temporaryFolder()
  mount = await aKvV2Mount()
  hostile = await aHostileServer(mount.server.plainAddress)
  for (const name of ["proxy", "vault", "metadata"])
    traps.set(name, await aRawServer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"))
  const kek = randomBytes(32).toString("base64url")
  house = await aHouse({ keyring: new Keyring(parseKeyEncryptionKeys(kek)) })
  acme = await house.organization("acme")
  const admin = await house.person(acme, { role: "admin", at: "acme", name: "Ada" })
  personalToken = (await house.call("createPersonalToken", admin, { name: "bait" })).token ?? ""
  machineToken = (await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })).token
  for (const [planted, value] of [
    ["the operator's key", kek],
    ["a person's token", personalToken],
    ["a machine's token", machineToken],
  ] as const) {
    baits.push({ planted, value, needle: value })
  }
  const port = await freePort()
  address = `http://127.0.0.1:${port}`
  api = await startApi(port, kek)
}, 60_000)

afterAll(async () => {
  api.kill("SIGKILL")
  await once(api, "exit")
  await hostile.close()
  for (const trap of traps.values()) await trap[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
  await mount[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe("a tenant's provider among the operator's credentials", () => {
  const scope = "acme"
  const value = `the-tenants-own-${randomBytes(9).toString("hex")}`
  let ownToken = ""

  it("is registered, written to and read from with what the tenant typed", async () => {
    const { token } = await mount.root.createToken({ policies: ["root"], ttl: "1h" })
    ownToken = token
    const settings = { address: hostile.address, mount: mount.mount, prefix: "acme" }
    const typed = { kind: "vault", name: "hostile", settings, credential: { token } }
    const check = await ask("POST", `/scopes/${scope}/provider-checks`, typed)
    expect(check.body).toMatchObject({ report: { passed: true } })
    const { id, report } = check.body as { id: string; report: { needsConsent: string[] } }
    const consents = report.needsConsent
    const registered = await ask("POST", `/scopes/${scope}/providers`, {
      ...typed,
      check: id,
      consents,
      makeDefault: true,
    })
    expect(registered.status).toBe(200)
    const written = await ask("POST", `/scopes/${scope}/vaults/default/secrets`, { name: "A", value })
    expect([written.status, written.body]).toEqual([200, expect.objectContaining({ outcome: "written" })])
    const read = await ask("GET", `/vaults/default/secrets/A/value?scope=${scope}`, undefined, machineToken)
    expect(read.body).toMatchObject({ value })
    const rechecked = await ask("POST", `/scopes/${scope}/providers/hostile/check`, {})
    expect(rechecked.body).toMatchObject({ status: "up" })
    // So that is recorded, and what comes below isn't empty for want of looking.
    expect(hostile.received()).toContain(ownToken)
    expect(hostile.received()).toContain(value)
  })

  it.each(["kubernetes", "jwt", "approle", "token"])(
    "is asked for the credential that %s needs, and finds none by itself",
    async (authMethod) => {
      const settings = { address: hostile.address, mount: mount.mount, authMethod, role: "default", roleId: "role" }
      const rest = authMethod === "approle" ? { ...settings, role: "" } : { ...settings, roleId: "" }
      const check = await ask("POST", `/scopes/${scope}/provider-checks`, {
        kind: "vault",
        name: "none",
        settings: rest,
        credential: {},
      })
      expect([check.status, check.body]).toEqual([400, expect.anything()])
    },
  )

  it("isn't followed to where its server sends us, and gets no more than it had", async () => {
    for (const location of [
      `http://127.0.0.1:${traps.get("metadata")?.port ?? 0}/latest/meta-data/iam/security-credentials/`,
      "http://169.254.169.254/latest/meta-data/",
      "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
    ]) {
      hostile.sendTo(location)
      const rechecked = await ask("POST", `/scopes/${scope}/providers/hostile/check`, {})
      expect(rechecked.body).toMatchObject({ status: "standby" })
      const created = await ask("POST", `/scopes/${scope}/vaults/default/secrets`, { name: "B", value: "b" })
      expect(created.status).toBe(503)
    }
    hostile.sendTo(undefined)
  })

  it.each(["http://169.254.169.254", "http://[fd00:ec2::254]", "http://168.63.129.16", "http://100.100.100.200"])(
    "can't be at %s",
    async (metadata) => {
      const check = await ask("POST", `/scopes/${scope}/provider-checks`, {
        kind: "vault",
        name: "metadata",
        settings: { address: metadata, mount: mount.mount },
        credential: { token: "anything" },
      })
      expect(check.body).toMatchObject({ report: { passed: false, status: "misconfigured" } })
    },
  )

  it("received no bait, and no trap was walked into", () => {
    expect(findCanaries(baits, "hostile", hostile.received())).toEqual([])
    for (const header of ["x-forwarded", "cookie:", "forwarded:", "authorization:"]) {
      expect(hostile.received().toLowerCase()).not.toContain(header)
    }
    expect([...traps].map(([name, trap]) => [name, trap.connections()])).toEqual([...traps].map(([name]) => [name, 0]))
    expect(notes()).toBe("")
  })
})

async function startApi(port: number, kek: string): Promise<ChildProcess> {
  const home = join(folder.path, "home")
  mkdirSync(join(home, ".aws"), { recursive: true })
  writeFileSync(join(home, ".vault-token"), bait("~/.vault-token"))
  writeFileSync(
    join(home, ".aws", "credentials"),
    `[default]\naws_access_key_id = ${bait("~/.aws, id")}\naws_secret_access_key = ${bait("~/.aws, key")}\n`,
  )
  const webIdentity = join(home, "web-identity")
  writeFileSync(webIdentity, bait("the web identity's token"))
  const at = (name: string): string => `http://127.0.0.1:${traps.get(name)?.port ?? 0}`
  const child = fork(join(import.meta.dirname, "..", "process", "api.ts"), {
    execArgv: ["--import", join(import.meta.dirname, "..", "testing", "fixture-bait.mjs")],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      NODE_ENV: "test",
      PATH: "/usr/bin:/bin",
      HOME: home,
      PORT: String(port),
      PUBLIC_URL: address,
      DATABASE_URL: house.appUrl,
      STRONGROOM_KEK: kek,
      STRONGROOM_EGRESS_LOOPBACK: "allow",
      STRONGROOM_API_URL: `unix:${join(folder.path, "api.sock")}`,
      STRONGROOM_CONSOLE_URL: `unix:${join(folder.path, "console.sock")}`,
      LOG_LEVEL: "error",
      BAIT_NOTES: join(folder.path, "notes"),
      BAIT_TOKEN: bait("the pod's token"),
      VAULT_TOKEN: bait("VAULT_TOKEN"),
      VAULT_ADDR: at("vault"),
      VAULT_NAMESPACE: bait("VAULT_NAMESPACE"),
      VAULT_PREFIX: bait("VAULT_PREFIX"),
      BAO_TOKEN: bait("BAO_TOKEN"),
      BAO_ADDR: at("vault"),
      AWS_ACCESS_KEY_ID: bait("AWS_ACCESS_KEY_ID"),
      AWS_SECRET_ACCESS_KEY: bait("AWS_SECRET_ACCESS_KEY"),
      AWS_SESSION_TOKEN: bait("AWS_SESSION_TOKEN"),
      AWS_WEB_IDENTITY_TOKEN_FILE: webIdentity,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${at("metadata")}/credentials`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: at("metadata"),
      AZURE_CLIENT_SECRET: bait("AZURE_CLIENT_SECRET"),
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      NODE_USE_ENV_PROXY: "1",
      ...Object.fromEntries(
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
          [name, at("proxy")],
          [name.toLowerCase(), at("proxy")],
        ]),
      ),
    },
  })
  await once(child, "message") // that it is ready
  return child
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  token = personalToken,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${address}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

interface Hostile {
  address: string
  /** Every byte that it was sent: heads and bodies. */
  received(): string
  /** Answers everything with a redirect there, until it is told otherwise. */
  sendTo(location: string | undefined): void
  close(): Promise<void>
}

/** It passes for a Vault, since it asks a real one. */
async function aHostileServer(real: string): Promise<Hostile> {
  let received = ""
  let location: string | undefined
  const { hostname, port } = new URL(real)
  const server: Server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    void (async () => {
      const parts: Buffer[] = []
      for await (const part of incoming) parts.push(part as Buffer) // no encoding was set
      const body = Buffer.concat(parts)
      const { method = "", url: path = "", rawHeaders } = incoming
      const head = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("")
      received += `${method} ${path}\r\n${head}\r\n${body.toString("latin1")}\r\n`
      if (location !== undefined) return outgoing.writeHead(307, { location, "content-length": 0 }).end()
      const { host: _, connection: __, ...headers } = incoming.headers
      const asked = send({ hostname, port, method, path, headers })
      asked.end(body)
      const [answer] = (await once(asked, "response")) as [IncomingMessage]
      const { "transfer-encoding": ___, connection: ____, ...kept } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 500, kept)
      answer.pipe(outgoing)
    })()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    received: () => received,
    sendTo: (wanted) => {
      location = wanted
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}
