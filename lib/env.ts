/**
 * The one reader of the environment. Every setting of the operator is in the table below, with its form and its
 * default; a bad one is named at start, all of them at once, and no message quotes a value, which may be a secret.
 *
 * The supervisor reads the environment with the files `.env` and `.env.local`, and hands each child the variables that
 * it needs and no others. So the children read their own environment alone.
 */
import { existsSync, readFileSync } from "node:fs"
import { isIP } from "node:net"
import { join, resolve } from "node:path"
import { parseEnv } from "node:util"
import { z } from "zod"

/** Where a part of Strongroom is met: a unix socket, or an address in a private network. */
export type Place = { socketPath: string } | { url: URL }

/** An OpenID Connect provider that people may sign in with. */
export interface OidcProvider {
  /** Part of the address that the provider sends people back to: `<PUBLIC_URL>/api/auth/callback/<id>`. */
  id: string
  /** On the button: "Continue with <name>". */
  name: string
  issuer: string
  clientId: string
  clientSecret: string
}

export interface SupervisorSettings {
  publicUrl: URL
  dataFolder: string
  /** A Postgres of the operator's own, by the logins of its owner and of the application; else ours is started. */
  database: { ownerUrl: string; appUrl: string } | undefined
  /** Which key encryption keys the operator gave: their own, those in FERNET_SECRET_KEY alone, or none. */
  keys: "own" | "fernet" | "none"
  hasAuthSecret: boolean
  hasActionsKey: boolean
  apiPlace: Place | undefined
  consolePlace: Place | undefined
  logLevel: LogLevel
  /** What a child gets to see: the variables on its list and the given ones. */
  environmentOf(part: Part, given: Partial<Record<Variable, string>>): Record<string, string>
}

/** What the operator's commands need: the database and the keys, and nothing of what serves. */
export interface OperatorSettings {
  dataFolder: string
  database: SupervisorSettings["database"]
  keys: SupervisorSettings["keys"]
  /** As in ApiSettings; `kekFile` is absolute. */
  kek: string | undefined
  kekFile: string | undefined
  fernetKeys: string | undefined
  logLevel: LogLevel
}

/** A Vault or OpenBao from the environment. Its settings are held against their form by the provider. */
export interface DeclaredVault {
  kind: "vault_dev" | "vault" | "vault_hcp"
  settings: Readonly<Record<string, string>>
  /** What goes into which field of the credential. */
  credential: Readonly<Record<string, string>>
}

export interface ApiSettings {
  host: string
  port: number
  publicUrl: URL
  databaseUrl: string
  /** Text for lib/crypto's `parseKeyEncryptionKeys`, or the name of the file with it. */
  kek: string | undefined
  kekFile: string | undefined
  /** Text for lib/crypto's `parseFernetKeys`. */
  fernetKeys: string | undefined
  /** CIDRs or addresses of proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[]
  /** Private addresses that providers may use: text for lib/net's `parseEgressAllow`. */
  egressAllow: string
  /** Whether providers may be on this machine's loopback without being listed. */
  egressLoopback: boolean
  metricsToken: string | undefined
  /** The Vault or OpenBao that the operator declares; undefined for the built-in store alone. */
  declaredVault: DeclaredVault | undefined
  oidcProviders: readonly OidcProvider[]
  /** Where this process answers the console. */
  apiPlace: Place
  /** Where it finds the console. */
  consolePlace: Place
  development: boolean
  logLevel: LogLevel
}

export interface ConsoleSettings {
  publicUrl: URL
  port: number
  /** Where the console finds the API. */
  apiPlace: Place
  /** Where the console is to be found. */
  consolePlace: Place
  authSecret: string
  oidcProviders: readonly OidcProvider[]
  development: boolean
  logLevel: LogLevel
}

export type Part = "api" | "console"
type LogLevel = "debug" | "info" | "warn" | "error"
export type Environment = Readonly<Record<string, string | undefined>>

/** Names every setting that can't be used, and what to do about each. */
export class SettingsError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`These settings can't be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`)
    this.name = "SettingsError"
    this.problems = problems
  }
}

/** The settings of `npm start`, from the environment and, where it is silent, `.env.local` and `.env` in `folder`. */
export function readSupervisorSettings(folder: string, environment: Environment = process.env): SupervisorSettings {
  const everything = { ...readFiles(folder), ...withoutEmpty(environment) }
  const found = read(everything)
  const inFolder = (path: string): string => resolve(folder, path)
  return {
    publicUrl: found.PUBLIC_URL ?? defaultPublicUrl(found.PORT),
    dataFolder: inFolder(found.STRONGROOM_DATA),
    database: databaseOf(found),
    keys: keysOf(found),
    hasAuthSecret: found.AUTH_SECRET !== undefined,
    hasActionsKey: found.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY !== undefined,
    apiPlace: found.STRONGROOM_API_URL,
    consolePlace: found.STRONGROOM_CONSOLE_URL,
    logLevel: found.LOG_LEVEL,
    environmentOf: (part, given) => {
      const kekFile = found.STRONGROOM_KEK_FILE && { STRONGROOM_KEK_FILE: inFolder(found.STRONGROOM_KEK_FILE) }
      const ofVault = part === "api" && vaultKindOf(everything) !== undefined ? variablesOfVault : []
      const names = [...system, ...ofEveryPart, ...ofPart[part], ...ofVault]
      const visible = pick({ ...everything, ...kekFile, ...given }, names)
      return part === "console" ? { ...visible, ...forNext(found) } : visible
    },
  }
}

/** The settings of the operator's commands, from the same places as the supervisor's. */
export function readOperatorSettings(folder: string, environment: Environment = process.env): OperatorSettings {
  const found = read({ ...readFiles(folder), ...withoutEmpty(environment) })
  const inFolder = (path: string): string => resolve(folder, path)
  return {
    dataFolder: inFolder(found.STRONGROOM_DATA),
    database: databaseOf(found),
    keys: keysOf(found),
    kek: found.STRONGROOM_KEK,
    kekFile: found.STRONGROOM_KEK_FILE && inFolder(found.STRONGROOM_KEK_FILE),
    fernetKeys: found.FERNET_SECRET_KEY,
    logLevel: found.LOG_LEVEL,
  }
}

/** The settings of a process that serves the API. */
export function readApiSettings(environment: Environment = process.env): ApiSettings {
  const found = read(withoutEmpty(environment), ["DATABASE_URL", "STRONGROOM_API_URL", "STRONGROOM_CONSOLE_URL"])
  return {
    host: found.HOST,
    port: found.PORT,
    publicUrl: found.PUBLIC_URL ?? defaultPublicUrl(found.PORT),
    databaseUrl: found.DATABASE_URL,
    kek: found.STRONGROOM_KEK,
    kekFile: found.STRONGROOM_KEK_FILE,
    fernetKeys: found.FERNET_SECRET_KEY,
    trustedProxies: found.STRONGROOM_TRUST_PROXY,
    egressAllow: found.STRONGROOM_EGRESS_ALLOW.join(","),
    egressLoopback: found.STRONGROOM_EGRESS_LOOPBACK === "allow",
    metricsToken: found.STRONGROOM_METRICS_TOKEN,
    declaredVault: declaredVaultOf(found),
    oidcProviders: oidcProvidersOf(found),
    apiPlace: found.STRONGROOM_API_URL,
    consolePlace: found.STRONGROOM_CONSOLE_URL,
    development: found.NODE_ENV === "development",
    logLevel: found.LOG_LEVEL,
  }
}

/** The settings of a process that serves the console's pages. */
export function readConsoleSettings(environment: Environment = process.env): ConsoleSettings {
  const found = read(withoutEmpty(environment), ["STRONGROOM_API_URL", "STRONGROOM_CONSOLE_URL", "AUTH_SECRET"])
  return {
    publicUrl: found.PUBLIC_URL ?? defaultPublicUrl(found.PORT),
    port: found.PORT,
    apiPlace: found.STRONGROOM_API_URL,
    consolePlace: found.STRONGROOM_CONSOLE_URL,
    authSecret: found.AUTH_SECRET,
    oidcProviders: oidcProvidersOf(found),
    development: found.NODE_ENV === "development",
    logLevel: found.LOG_LEVEL,
  }
}

/** How a place is written in a setting. */
export function writePlace(place: Place): string {
  return "url" in place ? place.url.href : `unix:${place.socketPath}`
}

const aboutDatabaseUrls = "must be a Postgres URL: postgresql://login:password@host:5432/database"
const aboutBackends = "must be local_encrypted (or local), vault, vault_dev or vault_hcp. Or leave it out"
const backends = ["local", "local_encrypted", "vault", "vault_dev", "vault_hcp"] as const
const aboutIssuers = "must be the issuer's https address, as in its discovery document"
const aboutPlaces = "must be unix:/path/to/socket or http://host:port"

const oidcProvider = z.strictObject({
  id: text("must be lower-case letters, digits and dashes", (it) => /^[a-z0-9][a-z0-9-]{0,30}$/.test(it)),
  name: z.string().min(1, "must be what the button says"),
  issuer: text(aboutIssuers, isIssuer),
  clientId: z.string().min(1, "must be what the provider calls us"),
  clientSecret: z.string().min(1, "must be the secret that the provider gave us"),
})

// Every setting. A message follows the name of its variable: "PORT must be a number from 1 to 65535."
const variables = z.object({
  NODE_ENV: z
    .enum(["development", "production", "test"], "must be development, production or test")
    .default("production"),
  PORT: text("must be a number from 1 to 65535", isPort).default("3000").transform(Number),
  HOST: text("must be an address or a name to listen on: 127.0.0.1, 0.0.0.0", isHost).default("127.0.0.1"),
  PUBLIC_URL: text("must be where people find Strongroom, without a path: https://secrets.example.com", isOrigin)
    .transform((it) => new URL(it))
    .optional(),
  STRONGROOM_DATA: z.string().default("./.strongroom"),
  DATABASE_URL: text(aboutDatabaseUrls, isDatabaseUrl).optional(),
  DATABASE_MIGRATION_URL: text(aboutDatabaseUrls, isDatabaseUrl).optional(),
  STRONGROOM_KEK: z.string().optional(),
  STRONGROOM_KEK_FILE: z.string().optional(),
  FERNET_SECRET_KEY: z.string().optional(),
  SECRET_BACKEND: z.enum(backends, aboutBackends).optional(),
  SECRETS_PROVIDER: z.enum(backends, aboutBackends).optional(),
  // Read only when one of the two above asks for Vault. Others set these for themselves on the same machine.
  VAULT_ADDR: z.string().optional(),
  VAULT_TOKEN: z.string().optional(),
  VAULT_NAMESPACE: z.string().optional(),
  VAULT_ROLE_ID: z.string().optional(),
  STRONGROOM_VAULT_MOUNT: z.string().default("secret"),
  STRONGROOM_VAULT_PREFIX: z.string().default("strongroom"),
  STRONGROOM_VAULT_CA: z.string().optional(),
  STRONGROOM_EGRESS_ALLOW: listOf(
    "must list private networks or addresses, best with their ports: 10.2.0.0/16:8200, [fd00::/8]:8200",
    isEgressRule,
  ),
  STRONGROOM_EGRESS_LOOPBACK: z.enum(["allow", "deny"], "must be allow or deny").default("deny"),
  STRONGROOM_TRUST_PROXY: listOf("must list the addresses or networks of your proxies: 10.2.0.0/16", isNetwork),
  STRONGROOM_METRICS_TOKEN: text("must have at least 16 characters (openssl rand -hex 16)", hasLength(16)).optional(),
  STRONGROOM_OIDC: z.string().transform(readJson).pipe(z.array(oidcProvider, "must be a JSON list")).optional(),
  STRONGROOM_OIDC_ISSUER: text(aboutIssuers, isIssuer).optional(),
  STRONGROOM_OIDC_CLIENT_ID: z.string().optional(),
  STRONGROOM_OIDC_CLIENT_SECRET: z.string().optional(),
  STRONGROOM_OIDC_NAME: z.string().default("single sign-on"),
  STRONGROOM_API_URL: text(aboutPlaces, isPlace).transform(readPlace).optional(),
  STRONGROOM_CONSOLE_URL: text(aboutPlaces, isPlace).transform(readPlace).optional(),
  AUTH_SECRET: text("must have at least 32 characters (openssl rand -base64 32)", hasLength(32)).optional(),
  NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: text("must be 32 bytes in base64 (openssl rand -base64 32)", isKey).optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error").default("info"),
})

type Values = z.output<typeof variables>
export type Variable = keyof Values

// What a child gets to see. The console has no key and no login to a database; it has what signs people in.
const system = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
const ofEveryPart: readonly Variable[] = [
  "NODE_ENV",
  "PORT",
  "PUBLIC_URL",
  "STRONGROOM_API_URL",
  "STRONGROOM_CONSOLE_URL",
  "STRONGROOM_OIDC",
  "STRONGROOM_OIDC_ISSUER",
  "STRONGROOM_OIDC_CLIENT_ID",
  "STRONGROOM_OIDC_CLIENT_SECRET",
  "STRONGROOM_OIDC_NAME",
  "LOG_LEVEL",
]
const ofPart: Readonly<Record<Part, readonly Variable[]>> = {
  api: [
    "HOST",
    "DATABASE_URL",
    "STRONGROOM_KEK",
    "STRONGROOM_KEK_FILE",
    "FERNET_SECRET_KEY",
    "SECRET_BACKEND",
    "SECRETS_PROVIDER",
    "STRONGROOM_EGRESS_ALLOW",
    "STRONGROOM_EGRESS_LOOPBACK",
    "STRONGROOM_TRUST_PROXY",
    "STRONGROOM_METRICS_TOKEN",
  ],
  console: ["AUTH_SECRET", "NEXT_SERVER_ACTIONS_ENCRYPTION_KEY"],
}

/** What the API's process sees of a Vault that is declared; nothing of it otherwise. */
const variablesOfVault: readonly Variable[] = [
  "VAULT_ADDR",
  "VAULT_TOKEN",
  "VAULT_NAMESPACE",
  "VAULT_ROLE_ID",
  "STRONGROOM_VAULT_MOUNT",
  "STRONGROOM_VAULT_PREFIX",
  "STRONGROOM_VAULT_CA",
]

function readFiles(folder: string): Environment {
  const files = [".env", ".env.local"].map((name) => join(folder, name)).filter((path) => existsSync(path))
  return withoutEmpty(Object.assign({}, ...files.map((path) => parseEnv(readFileSync(path, "utf8")))) as Environment)
}

/** `PORT=` in a compose file means that PORT isn't set. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""))
}

function pick(environment: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

type Having<Needed extends Variable> = Values & { [Name in Needed]-?: NonNullable<Values[Name]> }

function read<Needed extends Variable = never>(
  environment: Environment,
  needed: readonly Needed[] = [],
): Having<Needed> {
  const found = variables.safeParse(environment)
  const problems = [
    ...(found.error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}.`),
    ...needed.filter((name) => environment[name] === undefined).map((name) => `${name} is missing.`),
    ...contradictions(environment),
  ]
  if (problems.length > 0 || !found.success) throw new SettingsError(problems)
  return found.data as Having<Needed> // each needed one was there, or is a problem above
}

function contradictions(given: Environment): string[] {
  const problems: string[] = []
  if (given.STRONGROOM_KEK !== undefined && given.STRONGROOM_KEK_FILE !== undefined) {
    problems.push("STRONGROOM_KEK and STRONGROOM_KEK_FILE are both set. Keep the one that is right.")
  }
  if (given.DATABASE_MIGRATION_URL !== undefined && given.DATABASE_URL === undefined) {
    problems.push("DATABASE_MIGRATION_URL is set without DATABASE_URL, the login that the application uses.")
  }
  problems.push(...problemsOfVault(given))
  const oidc = ["STRONGROOM_OIDC_ISSUER", "STRONGROOM_OIDC_CLIENT_ID", "STRONGROOM_OIDC_CLIENT_SECRET"]
  const missing = oidc.filter((name) => given[name] === undefined)
  if (missing.length > 0 && missing.length < oidc.length) {
    problems.push(`${missing.join(" and ")} must be set too, for people to sign in with that provider.`)
  }
  return problems
}

/** Which Vault is asked for, if one is. `SECRET_BACKEND=vault` beside `SECRETS_PROVIDER=vault_hcp` is the latter. */
function vaultKindOf({ SECRETS_PROVIDER, SECRET_BACKEND }: Environment): DeclaredVault["kind"] | undefined {
  const kinds = [SECRETS_PROVIDER, SECRET_BACKEND].filter((it) => it !== undefined)
  return (["vault_hcp", "vault_dev", "vault"] as const).find((kind) => kinds.includes(kind))
}

/** Where `npm run vault-up` starts one. */
const devVault = "http://127.0.0.1:18200"

function problemsOfVault(given: Environment): string[] {
  const { SECRETS_PROVIDER: provider, SECRET_BACKEND: backend } = given
  const kind = vaultKindOf(given)
  const sort = (it: string): string => (it.startsWith("vault") ? "vault" : "local")
  if (provider !== undefined && backend !== undefined && sort(provider) !== sort(backend)) {
    return ["SECRETS_PROVIDER and SECRET_BACKEND ask for different stores. Keep the one that is right."]
  }
  if (kind === undefined) return []
  const needs = kind === "vault_dev" ? ["VAULT_TOKEN"] : ["VAULT_ADDR", "VAULT_TOKEN"]
  const missing = needs.filter((name) => given[name] === undefined)
  const address = given.VAULT_ADDR
  return [
    ...missing.map((name) => `${name} is missing: ${aboutVault[name] ?? ""}.`),
    ...(address !== undefined && webUrl(address) === undefined ? [`VAULT_ADDR must be ${aboutVault.VAULT_ADDR}.`] : []),
  ]
}

const aboutVault: Readonly<Record<string, string>> = {
  VAULT_ADDR: "where Vault is, https://vault.example.com:8200",
  VAULT_TOKEN: "Strongroom's token there, or with VAULT_ROLE_ID the secret id of that AppRole",
}

function declaredVaultOf(found: Values): DeclaredVault | undefined {
  const kind = vaultKindOf({ SECRETS_PROVIDER: found.SECRETS_PROVIDER, SECRET_BACKEND: found.SECRET_BACKEND })
  const {
    VAULT_ADDR: address = devVault,
    VAULT_TOKEN: token,
    VAULT_NAMESPACE: namespace,
    VAULT_ROLE_ID: roleId,
  } = found
  if (kind === undefined || token === undefined) return undefined
  const ca = found.STRONGROOM_VAULT_CA
  return {
    kind,
    settings: {
      address,
      mount: found.STRONGROOM_VAULT_MOUNT,
      prefix: found.STRONGROOM_VAULT_PREFIX,
      ...(namespace !== undefined && { namespace }),
      ...(ca !== undefined && { ca }),
      ...(roleId !== undefined && { authMethod: "approle", roleId }),
    },
    credential: roleId === undefined ? { token } : { secretId: token },
  }
}

function databaseOf({
  DATABASE_URL: appUrl,
  DATABASE_MIGRATION_URL: ownerUrl,
}: Values): SupervisorSettings["database"] {
  return appUrl === undefined ? undefined : { appUrl, ownerUrl: ownerUrl ?? appUrl }
}

function keysOf(found: Values): SupervisorSettings["keys"] {
  if (found.STRONGROOM_KEK !== undefined || found.STRONGROOM_KEK_FILE !== undefined) return "own"
  return found.FERNET_SECRET_KEY === undefined ? "none" : "fernet"
}

/** What Next and next-auth read by themselves. */
function forNext(found: Values): Record<string, string> {
  return {
    AUTH_URL: (found.PUBLIC_URL ?? defaultPublicUrl(found.PORT)).origin,
    NEXT_TELEMETRY_DISABLED: "1",
    // Behind TLS, redirects of actions would else be fetched from https://localhost.
    __NEXT_PRIVATE_ORIGIN: `http://127.0.0.1:${found.PORT}`,
    // Keeps Next from reading `.env`, and with it our keys, into the console's process.
    __NEXT_PROCESSED_ENV: "true",
  }
}

/** The list in STRONGROOM_OIDC and, for the common case of one provider, the four variables beside it. */
function oidcProvidersOf(found: Values): OidcProvider[] {
  const several = found.STRONGROOM_OIDC ?? []
  const issuer = found.STRONGROOM_OIDC_ISSUER
  const clientId = found.STRONGROOM_OIDC_CLIENT_ID
  const clientSecret = found.STRONGROOM_OIDC_CLIENT_SECRET
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return several
  return [{ id: "oidc", name: found.STRONGROOM_OIDC_NAME, issuer, clientId, clientSecret }, ...several]
}

function defaultPublicUrl(port: number): URL {
  return new URL(`http://localhost:${port}`)
}

function text(message: string, holds: (text: string) => boolean): z.ZodString {
  return z.string().refine(holds, message)
}

function listOf(message: string, holds: (entry: string) => boolean): z.ZodType<string[], string | undefined> {
  const entriesOf = (text: string): string[] => text.split(",").map((entry) => entry.trim())
  return z
    .string()
    .default("")
    .transform((text) => (text === "" ? [] : entriesOf(text)))
    .refine((entries) => entries.every(holds), message)
}

function hasLength(least: number): (text: string) => boolean {
  return (text) => text.length >= least
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)
}

function isOrigin(text: string): boolean {
  const url = webUrl(text)
  return url?.href === `${url?.origin ?? ""}/`
}

function isIssuer(text: string): boolean {
  const url = webUrl(text)
  const isLocal = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)
  return url?.protocol === "https:" || isLocal
}

function webUrl(text: string): URL | undefined {
  const url = URL.parse(text) ?? undefined
  return ["http:", "https:"].includes(url?.protocol ?? "") ? url : undefined
}

function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
}

function isNetwork(text: string): boolean {
  const [address = "", bits, more] = text.split("/")
  const widest = isIP(address) === 4 ? 32 : 128
  const hasGoodBits = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= widest)
  return isIP(address) !== 0 && hasGoodBits && more === undefined
}

/** The form alone: lib/net says which networks may be listed at all. */
function isEgressRule(text: string): boolean {
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]+))?$/.exec(text) ?? []
  return isNetwork(text) || (isNetwork(bracketed ?? bare ?? "") && (port === undefined || isPort(port)))
}

function isKey(text: string): boolean {
  const bytes = Buffer.from(text, "base64")
  return bytes.length === 32 && bytes.toString("base64") === text
}

function isPlace(text: string): boolean {
  return /^unix:\/./.test(text) || webUrl(text)?.pathname === "/"
}

function readPlace(text: string): Place {
  return text.startsWith("unix:") ? { socketPath: text.slice("unix:".length) } : { url: new URL(text) }
}

function readJson(text: string, problems: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    problems.addIssue("must be JSON") // the parser's own message quotes the text, which has a secret in it
    return z.NEVER
  }
}
