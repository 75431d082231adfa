/** What is told of a server's certificate, and what is asked of a CA bundle. */
import { X509Certificate } from "node:crypto"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { EgressError } from "./egress-error.ts"

export interface ServerCertificate {
  /** `O=Example, CN=vault.example.com`: text of the server's. */
  subject: string
  issuer: string
  validFrom: Date
  validTo: Date
  /** SHA-256, in hexadecimal pairs with colons. */
  fingerprint256: string
}

/** The certificate that a connection was secured with; undefined without TLS. */
export function certificateOf(socket: Socket): ServerCertificate | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  if (certificate === undefined) return undefined
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    fingerprint256: certificate.fingerprint256,
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/**
 * Checks that every certificate of a CA bundle can be read: OpenSSL passes over those that can't.
 * @throws EgressError `bad_request`
 */
export function checkCaBundle(pem: string): void {
  const certificates = pem.match(pemCertificate) ?? []
  const begun = pem.split("-----BEGIN ").length - 1
  if (certificates.length === 0 || begun !== certificates.length || !certificates.every(isReadable)) {
    throw new EgressError(
      "bad_request",
      "The CA bundle can't be read. It is one or more PEM certificates, each from BEGIN CERTIFICATE to END CERTIFICATE.",
    )
  }
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

/** Names stand on lines of their own in Node's text. What a server puts into them is cut to what a line can hold. */
function oneLine(names: string): string {
  const line = names.trim().replaceAll("\n", ", ")
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�").slice(0, 300)
}
