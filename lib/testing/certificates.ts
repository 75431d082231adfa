/**
 * X.509 certificates for tests, made here in DER: Node signs, but makes none. ECDSA on P-256, a certificate authority
 * and what it issues, with names and times of one's choice.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIPv4, isIPv6 } from "node:net"

export interface TestCertificate {
  /** PEM. */
  certificate: string
  /** PEM, PKCS #8. */
  key: string
}

export interface CertificateWishes {
  /** Names and IP addresses that it is for; the first is also its common name. */
  names?: readonly string[]
  notBefore?: Date
  notAfter?: Date
}

export interface TestAuthority extends TestCertificate {
  /** A server's certificate, for localhost and 127.0.0.1 unless told otherwise. */
  issue(wishes?: CertificateWishes): TestCertificate
  /** An authority below this one. Its `certificate` doesn't hold this one's. */
  issueAuthority(commonName: string): TestAuthority
}

/** An authority that signed itself. Its PEM text is what a CA bundle holds. */
export function aCertificateAuthority(commonName = "Test CA"): TestAuthority {
  const own = aKeyPair()
  return authority(
    commonName,
    own,
    make({ subject: commonName, isAuthority: true, key: own.publicKey }, commonName, own),
  )
}

/** A server's certificate that no authority signed. */
export function aSelfSignedCertificate(wishes: CertificateWishes = {}): TestCertificate {
  const own = aKeyPair()
  const [commonName = "localhost"] = wishes.names ?? []
  return inPem(make({ ...wishes, subject: commonName, isAuthority: false, key: own.publicKey }, commonName, own), own)
}

function authority(commonName: string, own: KeyPair, certificate: Buffer): TestAuthority {
  return {
    ...inPem(certificate, own),
    issue: (wishes = {}) => {
      const leaf = aKeyPair()
      const [subject = "localhost"] = wishes.names ?? []
      return inPem(make({ ...wishes, subject, isAuthority: false, key: leaf.publicKey }, commonName, own), leaf)
    },
    issueAuthority: (subject) => {
      const below = aKeyPair()
      return authority(subject, below, make({ subject, isAuthority: true, key: below.publicKey }, commonName, own))
    },
  }
}

interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

interface Holder extends CertificateWishes {
  subject: string
  isAuthority: boolean
  key: KeyObject
}

const day = 24 * 60 * 60 * 1000

/** RFC 5280, section 4.1. */
function make(holder: Holder, issuer: string, signer: KeyPair): Buffer {
  const { notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 365 * day) } = holder
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(notBefore), time(notAfter)),
    name(holder.subject),
    holder.key.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensionsOf(holder), ...keyIdentifiers(holder.key, signer.publicKey))),
  )
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign("sha256", toBeSigned, signer.privateKey)))
}

function extensionsOf({ isAuthority, names = ["localhost", "127.0.0.1"] }: Holder): Buffer[] {
  if (isAuthority) {
    const keyCertSign = Buffer.from([0x03, 0x02, 0x02, 0x04]) // bit 5 of a bit string
    return [extension("2.5.29.19", true, sequence(yes)), extension("2.5.29.15", true, keyCertSign)]
  }
  return [
    extension("2.5.29.19", true, sequence()),
    extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))), // for servers
    extension("2.5.29.17", false, sequence(...names.map(alternativeName))),
  ]
}

/** Strict verifiers, Python's for one, want to find the keys by these. */
function keyIdentifiers(own: KeyObject, signers: KeyObject): Buffer[] {
  const [ownId, signersId] = [own, signers].map((key) =>
    createHash("sha1")
      .update(key.export({ type: "spki", format: "der" }))
      .digest(),
  ) as [Buffer, Buffer] // one for each
  return [
    extension("2.5.29.14", false, encode(0x04, ownId)),
    extension("2.5.29.35", false, sequence(encode(0x80, signersId))),
  ]
}

function alternativeName(text: string): Buffer {
  if (isIPv4(text)) return encode(0x87, Buffer.from(text.split(".").map(Number)))
  if (isIPv6(text)) return encode(0x87, Buffer.from(bytesOf6(text)))
  return encode(0x82, Buffer.from(text, "ascii"))
}

function bytesOf6(text: string): number[] {
  const [left = [], right = []] = text
    .split("::")
    .map((part) => part.split(":").flatMap((group) => (group === "" ? [] : [Number.parseInt(group, 16)])))
  const groups = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
  return groups.flatMap((group) => [group >> 8, group & 0xff])
}

function aKeyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
}

function inPem(certificate: Buffer, { privateKey }: KeyPair): TestCertificate {
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n")
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  }
}

// DER: a tag, a length, a content.
const yes = Buffer.from([0x01, 0x01, 0xff])
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"))

function encode(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function sequence(...items: Buffer[]): Buffer {
  return encode(0x30, ...items)
}

function tagged(number: number, content: Buffer): Buffer {
  return encode(0xa0 + number, content)
}

function integer(bytes: Buffer): Buffer {
  return encode(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return encode(0x03, Buffer.from([0]), bytes)
}

function extension(id: string, isCritical: boolean, content: Buffer): Buffer {
  return sequence(oid(id), ...(isCritical ? [yes] : []), encode(0x04, content))
}

function name(commonName: string): Buffer {
  return sequence(encode(0x31, sequence(oid("2.5.4.3"), encode(0x0c, Buffer.from(commonName)))))
}

/** UTCTime up to 2049, GeneralizedTime from then on. */
function time(when: Date): Buffer {
  const digits = when.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "")
  return when.getUTCFullYear() < 2050 ? encode(0x17, Buffer.from(digits.slice(2))) : encode(0x18, Buffer.from(digits))
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inBase128)]))
}

function inBase128(number: number): number[] {
  const low = number & 0x7f
  return number < 0x80 ? [low] : [...inBase128(number >> 7).map((byte) => byte | 0x80), low]
}
