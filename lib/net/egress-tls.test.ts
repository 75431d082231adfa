import { once } from "node:events"
import { type AddressInfo, createServer as createTcp } from "node:net"
import { createServer as createTls, type TlsOptions } from "node:tls"
import { afterEach, describe, expect, it, vi } from "vitest"
import { aCertificateAuthority, aSelfSignedCertificate, type TestCertificate } from "../testing/certificates.ts"
import { anAnswer, aRawServer } from "../testing/raw-server.ts"
import { openEgress } from "./egress.ts"
import { EgressError } from "./egress-error.ts"
import type { EgressAnswer } from "./exchange.ts"

afterEach(() => {
  vi.unstubAllEnvs()
})

const authority = aCertificateAuthority()
const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000)

interface Wishes {
  ca?: string
  host?: string
}

async function fetchFrom(port: number, { ca, host = "vault.test" }: Wishes): Promise<EgressAnswer> {
  const { fetch } = openEgress({ allow: [], own: [], loopback: true }, async () => [
    { address: "127.0.0.1", family: 4 },
  ])
  const url = new URL(`https://${host}:${port}/`)
  const headers = { "x-vault-token": "token" }
  return fetch({ method: "GET", url, headers, timeoutMs: 5_000, maxResponseBytes: 100, ...(ca ? { ca } : {}) })
}

async function failureWith(certificate: TestCertificate, wishes: Wishes): Promise<EgressError> {
  await using server = await aRawServer(anAnswer(), certificate)
  const error: unknown = await fetchFrom(server.port, wishes).catch((it: unknown) => it)
  expect(server.received()).toBe("")
  if (error instanceof EgressError) return error
  throw new Error("It was trusted")
}

describe("TLS", () => {
  it("trusts what the given authority issued for this name, and tells of the certificate", async () => {
    const notAfter = new Date("2040-02-03T04:05:06Z")
    const leaf = authority.issue({ names: ["vault.test"], notBefore: new Date("2020-01-01T00:00:00Z"), notAfter })
    await using server = await aRawServer(anAnswer("safe"), leaf)
    const { status, tls } = await fetchFrom(server.port, { ca: authority.certificate })
    expect(status).toBe(200)
    expect(tls).toEqual({
      subject: "CN=vault.test",
      issuer: "CN=Test CA",
      validFrom: new Date("2020-01-01T00:00:00Z"),
      validTo: notAfter,
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    })
  })

  it("checks a certificate for an address too", async () => {
    await using server = await aRawServer(anAnswer(), authority.issue({ names: ["127.0.0.1"] }))
    expect((await fetchFrom(server.port, { ca: authority.certificate, host: "127.0.0.1" })).status).toBe(200)
    const wrong = authority.issue({ names: ["127.0.0.2", "vault.test"] })
    expect(await failureWith(wrong, { ca: authority.certificate, host: "127.0.0.1" })).toMatchObject({
      tlsReason: "wrong_name",
    })
  })

  it.each([
    ["expired", authority.issue({ names: ["vault.test"], notAfter: yesterday, notBefore: new Date(0) })],
    ["not_yet_valid", authority.issue({ names: ["vault.test"], notBefore: tomorrow })],
    ["self_signed", aSelfSignedCertificate({ names: ["vault.test"] })],
    ["unknown_authority", aCertificateAuthority("Another CA").issue({ names: ["vault.test"] })],
    ["unknown_authority", aCertificateAuthority("Test CA").issue({ names: ["vault.test"] })],
    ["wrong_name", authority.issue({ names: ["other.test", "*.vault.test", "test"] })],
    ["wrong_name", authority.issue({ names: ["127.0.0.1"] })],
  ] as const)("refuses a certificate that is %s, and sends nothing", async (tlsReason, certificate) => {
    const error = await failureWith(certificate, { ca: authority.certificate })
    expect(error).toMatchObject({ reason: "tls", tlsReason, sent: false })
  })

  it("trusts the system's authorities without one given, and never ours by itself", async () => {
    const error = await failureWith(authority.issue({ names: ["vault.test"] }), {})
    expect(error).toMatchObject({ reason: "tls", tlsReason: "unknown_authority" })
  })

  it("can't be talked out of checking by the environment", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    const error = await failureWith(aSelfSignedCertificate({ names: ["vault.test"] }), {})
    expect(error).toMatchObject({ reason: "tls", tlsReason: "self_signed" })
  })

  it("trusts a self-signed certificate, or an intermediate authority, that is given as the CA bundle", async () => {
    const alone = aSelfSignedCertificate({ names: ["vault.test"] })
    const below = authority.issueAuthority("Intermediate CA")
    for (const [certificate, ca] of [
      [alone, alone.certificate],
      [below.issue({ names: ["vault.test"] }), below.certificate],
      [below.issue({ names: ["vault.test"] }), `A comment\n${alone.certificate}\n${below.certificate}`],
    ] as const) {
      await using server = await aRawServer(anAnswer(), certificate)
      expect((await fetchFrom(server.port, { ca })).status).toBe(200)
    }
  })

  it.each([
    "",
    "not a certificate",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    "/etc/ssl/certs/ca.pem",
    `${authority.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
    authority.key,
    `${authority.certificate}\n${authority.key}`,
    authority.certificate.slice(0, -40),
  ])("refuses a CA bundle that can't be read, and quotes none of it", async (ca) => {
    const { fetch } = openEgress({ allow: [], own: [], loopback: true })
    const url = new URL("https://127.0.0.1:1/")
    const error: unknown = await fetch({
      method: "GET",
      url,
      headers: {},
      ca,
      timeoutMs: 500,
      maxResponseBytes: 1,
    }).catch((it: unknown) => it)
    expect(error).toMatchObject({ reason: "bad_request", message: expect.stringContaining("CA bundle") })
  })

  it.each([
    ["plain HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["something else", "220 mail.example ESMTP\r\n"],
  ])("says that there is none where a server speaks %s", async (_, greeting) => {
    await using server = await aGreeter(greeting)
    const error: unknown = await fetchFrom(server.port, {}).catch((it: unknown) => it)
    expect(error).toMatchObject({ reason: "tls", tlsReason: "handshake", sent: false })
  })

  it("says that a connection was reset before it was secure, and that nothing was sent", async () => {
    await using server = await aGreeter(undefined)
    const error: unknown = await fetchFrom(server.port, {}).catch((it: unknown) => it)
    expect(error).toMatchObject({ reason: "reset", sent: false })
  })

  it("that never comes about ends with the request's time, and the connection with it", async () => {
    await using server = await aRawServer(() => undefined)
    const { fetch } = openEgress({ allow: [], own: [], loopback: true })
    const url = new URL(`https://127.0.0.1:${server.port}/`)
    const request = { method: "GET", url, headers: {}, timeoutMs: 1_000, maxResponseBytes: 1 }
    await expect(fetch(request)).rejects.toMatchObject({ reason: "timeout", sent: false })
    expect(server.connections()).toBe(1)
    await expect.poll(server.openConnections).toBe(0)
  })

  it("is 1.2 or newer", async () => {
    const { certificate, key } = authority.issue({ names: ["vault.test"] })
    const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const
    await using server = await aTlsServer({ cert: certificate, key, ...versions })
    const error: unknown = await fetchFrom(server.port, { ca: authority.certificate }).catch((it: unknown) => it)
    expect(error).toMatchObject({ reason: "tls", tlsReason: "handshake" })
  })

  it("tells a server its name, and tells none to an address", async () => {
    const { certificate, key } = authority.issue({ names: ["vault.test", "127.0.0.1"] })
    const names: (string | false | null)[] = []
    await using server = await aTlsServer({ cert: certificate, key }, (name) => names.push(name))
    await fetchFrom(server.port, { ca: authority.certificate })
    await fetchFrom(server.port, { ca: authority.certificate, host: "127.0.0.1" })
    expect(names).toEqual(["vault.test", false])
  })

  it("keeps text that a certificate smuggles in to one line", async () => {
    const smuggled = `vault\u001b[31m\n{"level":"error"}\u202e${"x".repeat(400)}`
    const evil = aCertificateAuthority(smuggled)
    await using server = await aRawServer(anAnswer(), evil.issue({ names: ["vault.test"] }))
    const { tls } = await fetchFrom(server.port, { ca: evil.certificate })
    expect(tls?.issuer).toMatch(/^CN=vault/)
    expect(tls?.issuer).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(tls?.issuer.length).toBeLessThanOrEqual(300)
  })
})

interface Listening extends AsyncDisposable {
  port: number
}

/** Greets at once, or resets at once. */
async function aGreeter(greeting: string | undefined): Promise<Listening> {
  const server = createTcp((socket) => {
    socket.on("error", () => socket.destroy())
    if (greeting === undefined) socket.resetAndDestroy()
    else socket.end(greeting)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}

async function aTlsServer(options: TlsOptions, onName?: (name: string | false | null) => void): Promise<Listening> {
  const server = createTls(options, (socket) => {
    onName?.(socket.servername ?? null)
    socket.on("error", () => socket.destroy())
    socket.once("data", () => socket.end(anAnswer()))
  })
  server.on("tlsClientError", () => undefined)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}
