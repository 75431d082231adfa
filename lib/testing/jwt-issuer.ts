/** Someone who signs JWTs with keys of its own, as a CI system or a cluster does. */
import { exportJWK, exportSPKI, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose"

export interface JwtIssuer {
  readonly issuer: string
  /** For a server that is told the key instead of asking for it. */
  readonly publicKeyPem: string
  readonly keySet: JSONWebKeySet
  readonly sign: (options: JwtOptions) => Promise<string>
}

export interface JwtOptions {
  subject: string
  audience: string
  /** From now; negative for a token that is expired. Ten minutes unless it says otherwise. */
  seconds?: number
  claims?: Record<string, unknown>
}

export async function jwtIssuer(issuer: string): Promise<JwtIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256")
  const header = { alg: "ES256", kid: "the-only-key" }
  return {
    issuer,
    publicKeyPem: await exportSPKI(publicKey),
    keySet: { keys: [{ ...(await exportJWK(publicKey)), ...header, use: "sig" }] },
    sign: ({ subject, audience, seconds = 600, claims = {} }) => {
      const now = Math.floor(Date.now() / 1000)
      const token = new SignJWT(claims).setProtectedHeader(header).setIssuer(issuer).setSubject(subject)
      // An array: OpenBao's Kubernetes sign-in takes no other form, and clusters send none.
      return token
        .setAudience([audience])
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .sign(privateKey)
    },
  }
}
