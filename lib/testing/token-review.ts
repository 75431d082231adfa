/**
 * A Kubernetes cluster, as far as OpenBao's sign-in and our own trust rules see one: it issues tokens of service
 * accounts, answers TokenReview for them, and publishes its keys. On plain HTTP, which OpenBao accepts.
 */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { z } from "zod"
import { aCertificateAuthority } from "./certificates.ts"
import { type JwtIssuer, jwtIssuer } from "./jwt-issuer.ts"

export interface TestCluster extends AsyncDisposable {
  /** Where its API is. */
  readonly host: string
  /** What OpenBao must be given with a host, though plain HTTP makes no use of it. */
  readonly caPem: string
  /** What OpenBao shows to be allowed to ask. */
  readonly reviewerToken: string
  /** Signs its tokens: `publicKeyPem`, and `keySet` as it is published at `${host}/openid/v1/jwks`. */
  readonly issuer: JwtIssuer
  /** The token that a pod of this service account finds in its file. */
  readonly podToken: (who: ServiceAccount, options?: PodTokenOptions) => Promise<string>
  /** As when the pod is deleted: TokenReview knows the token no more, whatever its signature says. */
  readonly deletePod: (token: string) => void
  /** How many reviews were asked for. */
  readonly reviews: () => number
}

export interface ServiceAccount {
  namespace: string
  name: string
}

export interface PodTokenOptions {
  audience?: string
  seconds?: number
}

export async function testCluster(): Promise<TestCluster> {
  const reviewerToken = `reviewer-${randomUUID()}`
  const pods = new Map<string, { who: ServiceAccount; audience: string; until: number }>()
  let reviews = 0
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket
  const host = `http://127.0.0.1:${port}`
  const issuer = await jwtIssuer(host)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request)
    const [status, content] = answerTo(request, body)
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content))
  }
  function answerTo({ url, headers }: IncomingMessage, body: string): [number, object] {
    if (url === "/openid/v1/jwks") return [200, issuer.keySet]
    if (url === "/.well-known/openid-configuration") return [200, { issuer: host, jwks_uri: `${host}/openid/v1/jwks` }]
    if (url !== "/apis/authentication.k8s.io/v1/tokenreviews") return [404, failure("NotFound", 404)]
    if (headers.authorization !== `Bearer ${reviewerToken}`) return [401, failure("Unauthorized", 401)]
    reviews++
    const { token, audiences } = review.parse(JSON.parse(body)).spec
    return [201, { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status: statusOf(token, audiences) }]
  }
  function statusOf(token: string, audiences: string[] | undefined): object {
    const pod = pods.get(token)
    if (pod === undefined || pod.until < Date.now()) return { authenticated: false, error: "invalid bearer token" }
    if (audiences !== undefined && !audiences.includes(pod.audience)) return { authenticated: false }
    const user = { username: userOf(pod.who), uid: uidOf(pod.who), groups: ["system:serviceaccounts"] }
    return { authenticated: true, user, audiences: [pod.audience] }
  }
  return {
    host,
    caPem: aCertificateAuthority().certificate,
    reviewerToken,
    issuer,
    podToken: async (who, { audience = "vault", seconds = 600 } = {}) => {
      const account = { namespace: who.namespace, serviceaccount: { name: who.name, uid: uidOf(who) } }
      const claims = { "kubernetes.io": account, jti: randomUUID() }
      const token = await issuer.sign({ subject: userOf(who), audience, seconds, claims })
      pods.set(token, { who, audience, until: Date.now() + seconds * 1000 })
      return token
    },
    deletePod: (token) => void pods.delete(token),
    reviews: () => reviews,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const review = z.object({ spec: z.object({ token: z.string(), audiences: z.array(z.string()).optional() }) })

function userOf({ namespace, name }: ServiceAccount): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function uidOf({ namespace, name }: ServiceAccount): string {
  return `uid-of-${namespace}-${name}`
}

function failure(reason: string, code: number): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", reason, code }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer) // no encoding was set, so these are bytes
  return Buffer.concat(parts).toString()
}
