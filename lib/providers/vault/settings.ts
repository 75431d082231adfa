/**
 * What is kept of a Vault or OpenBao that somebody registered. All of it is text that people may read: a credential is
 * never part of it, and a certificate in it is text, never a path.
 *
 * Mounts, prefixes, namespaces and roles keep to an alphabet that can neither leave a path nor a policy text.
 */
import { createHash, X509Certificate } from "node:crypto"
import { z } from "zod"
import type { Settings } from "../provider.ts"

/** A dev server, one that a team runs, or HashiCorp's cloud. They differ in defaults and in what the check says. */
export type VaultKind = "vault_dev" | "vault" | "vault_hcp"

export const authMethods = ["token", "approle", "kubernetes", "jwt"] as const
export type AuthMethod = (typeof authMethods)[number]

export type VaultSettings = Readonly<{
  /** `https://vault.example.com:8200`. */
  address: string
  /** `admin/payments`; "" is the root namespace. */
  namespace: string
  /** `kv` or `teams/kv`. */
  mount: string
  /** The part of the mount that is delegated to the scope; "" is all of it. */
  prefix: string
  /** The engine's version; `detect` until a check found it out. */
  kvVersion: "detect" | 1 | 2
  authMethod: AuthMethod
  /** Where the method is mounted: beneath `auth/`. "" for a token, which needs none. */
  authMount: string
  /** The role to sign in as, for kubernetes and jwt; "" is jwt's default role. */
  role: string
  /** For approle. It is a name, not a secret. */
  roleId: string
  /** PEM text of the authorities that the server must be certified by; "" for the usual ones. */
  ca: string
  /** How many versions the mount keeps, as the last check found it: null before, and for KV v1. */
  maxVersions: number | null
  /** After what time the mount deletes a version, in its own words such as `720h0m0s`: null when it doesn't. */
  deleteVersionAfter: string | null
}>

/** The settings' schema for a kind: it comes out complete, with the kind's defaults. */
export function settingsOf(kind: VaultKind): z.ZodType<VaultSettings> {
  const { address, namespace, mount } = defaultsOf[kind]
  return z
    .strictObject({
      address: addressText.prefault(address),
      namespace: path("namespace", namespace).prefault(namespace),
      mount: path("mount", mount).prefault(mount),
      prefix: path("prefix", "").prefault(""),
      kvVersion: z.union([z.literal("detect"), z.literal(1), z.literal(2)]).default("detect"),
      authMethod: z.enum(authMethods).default("token"),
      authMount: path("auth mount", "").prefault(""),
      role: z.union([z.literal(""), segment("role")]).default(""),
      roleId: roleIdText.default(""),
      ca: caText.default(""),
      maxVersions: z.int().min(0).nullable().default(null),
      deleteVersionAfter: z.string().max(40).nullable().default(null),
    })
    .transform(withAuthMount)
    .superRefine(checkAsAWhole(kind))
}

/** Settings that came from `settingsOf` before, whatever the kind. */
export function vaultSettings(settings: Settings): VaultSettings {
  return stored.parse(settings)
}

export function credentialFieldsOf({ authMethod }: VaultSettings): readonly string[] {
  return [credentialFields[authMethod]]
}

/** Scheme, host and port, and what certificates are trusted. */
export function endpointOf({ address, ca }: VaultSettings): string {
  const { protocol, hostname, port } = new URL(address)
  const trusted = ca === "" ? "" : ` ${fingerprintOf(ca)}`
  return `${protocol}//${hostname}:${port === "" ? defaultPorts[protocol] : port}${trusted}`
}

/** `https://vault.example.com:8200 admin/kv/payments`, and whose certificates are trusted where that is said. */
export function targetOf({ address, namespace, mount, prefix, ca }: VaultSettings): string {
  const place = [namespace, mount, prefix].filter((part) => part !== "").join("/")
  return ca === "" ? `${address} ${place}` : `${address} ${place}, trusting ${fingerprintOf(ca)}`
}

function fingerprintOf(ca: string): string {
  return `sha256:${createHash("sha256").update(ca).digest("hex")}`
}

/** With HashiCorp's tool; OpenBao's takes the same words. */
export function listCommandOf({ address, namespace, mount, prefix }: VaultSettings): string {
  const inNamespace = namespace === "" ? "" : ` -namespace=${namespace}`
  const place = prefix === "" ? mount : `${mount}/${prefix}`
  // The brackets of an IPv6 address mean something to a shell.
  return `vault kv list -address='${address}'${inNamespace} ${place}`
}

const defaultsOf: Record<VaultKind, { address: string; namespace: string; mount: string }> = {
  // What `vault server -dev` and `bao server -dev` have.
  vault_dev: { address: "http://127.0.0.1:8200", namespace: "", mount: "secret" },
  vault: { address: "", namespace: "", mount: "" },
  vault_hcp: { address: "", namespace: "admin", mount: "" },
}

const credentialFields: Record<AuthMethod, string> = {
  token: "token",
  approle: "secretId",
  kubernetes: "jwt",
  jwt: "jwt",
}

const defaultPorts: Record<string, string> = { "https:": "443", "http:": "80" }

// --- single settings

/** Begins with a letter, digit or `_`, so that nothing is an option of a command line either. */
const segmentPattern = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?$/

function isSegment(text: string): boolean {
  return segmentPattern.test(text) && !text.includes("..")
}

function segment(what: string): z.ZodType<string, string> {
  return z
    .string()
    .refine(isSegment, `The ${what} may have letters, digits, ".", "-" and "_", and begins with a letter or a digit.`)
}

/** Segments with slashes between. Slashes at the ends are how many people write it: they are taken off. */
function path(what: string, whenEmpty: string): z.ZodType<string, string> {
  const message = `The ${what} is made of letters, digits, ".", "-" and "_", with "/" between its parts, such as "team/app".`
  return z
    .string()
    .max(400, `The ${what} is too long: 400 characters at most.`)
    .transform((text) => text.replace(/^\/|\/$/g, "") || whenEmpty)
    .refine((text) => text === "" || text.split("/").every(isSegment), message)
}

const addressText = z.string().max(300, "The address is too long.").transform(normalizedAddress)

const roleIdText = z
  .string()
  .regex(
    /^[A-Za-z0-9._-]{0,256}$/,
    "The role id has letters, digits, dots, dashes and underscores only. Copy it again.",
  )

const caText = z
  .string()
  .max(64 * 1024, "The CA bundle is too long: 64 KiB at most.")
  .transform(onlyCertificates)

function normalizedAddress(text: string, context: z.RefinementCtx<string>): string {
  const url = URL.parse(text.trim())
  const problem = url === null ? "The address is missing, or isn't a URL." : problemOf(url)
  if (url !== null && problem === undefined) return url.origin
  context.addIssue({ code: "custom", message: `${problem ?? ""} Write it as https://vault.example.com:8200.`.trim() })
  return z.NEVER
}

function problemOf(url: URL): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") return "The address begins with https:// or http://."
  if (url.username !== "" || url.password !== "") return "The address must not have a name or a password in it."
  if (!plainHost.test(url.hostname)) return "The address's host has characters that no host's name has."
  if (url.pathname !== "/" || url.href.includes("?") || url.href.includes("#")) {
    return "The address is scheme, host and port alone, without a path."
  }
  return undefined
}

/** A URL may have quotes, `$` and `;` in its host. People paste the address into a shell, in `listCommandOf`. */
const plainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/

/** The certificates of a bundle, without what stands around them. Anything secret in it is refused, not dropped. */
function onlyCertificates(text: string, context: z.RefinementCtx<string>): string {
  const certificates = text.match(pemCertificate) ?? []
  const begun = text.split("-----BEGIN ").length - 1
  if (begun === certificates.length && certificates.every(isCertificate) && (begun > 0 || text.trim() === "")) {
    return certificates.map((certificate) => `${certificate}\n`).join("")
  }
  context.addIssue({
    code: "custom",
    message:
      "The CA bundle is the text of one or more certificates, each from BEGIN CERTIFICATE to END CERTIFICATE, and nothing else: no path, no key.",
  })
  return z.NEVER
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

// --- all of them together

function withAuthMount<Given extends { authMethod: AuthMethod; authMount: string }>(given: Given): Given {
  if (given.authMethod === "token") return { ...given, authMount: "" }
  return given.authMount === "" ? { ...given, authMount: given.authMethod } : given
}

/** Vault's own places: nothing of ours belongs there. */
const reserved = new Set(["sys", "auth", "identity", "cubbyhole", "audit", "root"])

function checkAsAWhole(kind: VaultKind | "any") {
  return (settings: VaultSettings, context: z.RefinementCtx<VaultSettings>): void => {
    const refuse = (field: keyof VaultSettings, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message })
    const { address, namespace, mount, authMethod, role, roleId, ca } = settings
    const isPlain = address.startsWith("http://")
    if (mount === "") refuse("mount", "Which mount of the KV engine should values go to, such as secret or kv?")
    if (reserved.has(firstOf(mount)))
      refuse("mount", `"${mount}" is a place of Vault's own. Name a mount of the KV engine.`)
    if (namespace.split("/").some((part) => reserved.has(part))) {
      refuse("namespace", `"${namespace}" can't be a namespace. For the root namespace, leave it empty.`)
    }
    if (authMethod === "approle" && roleId === "") refuse("roleId", "AppRole needs the role id beside the secret id.")
    if (authMethod === "kubernetes" && role === "") refuse("role", "Kubernetes needs the role to sign in as.")
    if (isPlain && ca !== "") refuse("ca", "A CA bundle is of use with https:// only.")
    if (isPlain && kind === "vault_hcp") refuse("address", "HCP Vault is reached by https:// alone.")
  }
}

function firstOf(path: string): string {
  return path.split("/")[0] ?? ""
}

const stored = settingsOf("vault")
