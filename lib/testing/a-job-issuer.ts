/** A CI system as trust rules see it: it publishes its keys over HTTP, signs jobs' tokens, rotates, and can be down. */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose"

export interface JobIssuer extends AsyncDisposable {
  readonly issuer: string
  /** The newest key, which signs. */
  readonly signing: () => { kid: string; privateKey: CryptoKey; publicKeyPem: string }
  readonly keySet: () => { keys: JWK[] }
  /** A token of these claims; `iss`, `iat`, `exp` and `jti` are good unless they are said. Undefined leaves one out. */
  readonly sign: (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>
  /** Publishes another key and signs with it; those before stay published unless `only`. */
  readonly rotate: (options?: { only: boolean }) => Promise<void>
  readonly setDown: (isDown: boolean) => void
  /** How often its keys were asked for. */
  readonly fetches: () => number
}

interface SigningKey {
  kid: string
  privateKey: CryptoKey
  publicKeyPem: string
  jwk: JWK
}

export async function aJobIssuer({ slowMs = 0 } = {}): Promise<JobIssuer> {
  let keys = [await aKey()]
  let isDown = false
  let fetches = 0
  const server = createServer((request, response) => {
    if (request.url === "/jwks") fetches++
    const found = isDown ? undefined : documentAt(request.url)
    const send = (): void => {
      response.writeHead(found === undefined ? 503 : 200, { "content-type": "application/json" })
      response.end(JSON.stringify(found ?? {}))
    }
    if (slowMs > 0) setTimeout(send, slowMs)
    else send()
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket
  const issuer = `http://127.0.0.1:${port}`
  const keySet = (): { keys: JWK[] } => ({ keys: keys.map(({ jwk }) => jwk) })

  function documentAt(url: string | undefined): object | undefined {
    if (url === "/jwks") return keySet()
    return url === "/.well-known/openid-configuration" ? { issuer, jwks_uri: `${issuer}/jwks` } : undefined
  }
  function signing(): SigningKey {
    const [newest] = keys
    if (newest === undefined) throw new Error("An issuer has a key.")
    return newest
  }
  return {
    issuer,
    keySet,
    signing,
    fetches: () => fetches,
    sign: (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const usual = { iss: issuer, iat: now, exp: now + 300, jti: randomUUID() }
      const { kid, privateKey } = signing()
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(privateKey)
    },
    rotate: async ({ only } = { only: false }) => {
      const next = await aKey()
      keys = only ? [next] : [next, ...keys]
    },
    setDown: (down) => {
      isDown = down
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

async function aKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true })
  const kid = randomUUID()
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }
  return { kid, privateKey, publicKeyPem: await exportSPKI(publicKey), jwk }
}
