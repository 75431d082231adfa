/** Who asks, and where: the address and the credential of a call. */
import { readFile } from "node:fs/promises"
import { StrongroomError } from "../sdk/index.ts"
import { connect } from "../sdk/node/index.ts"
import { readConfiguration } from "./configuration.ts"
import { credentialsFile, findToken } from "./credentials.ts"
import { settings, variable } from "./environment.ts"
import { warn } from "./output.ts"
import { version } from "./version.ts"

export type Api = ReturnType<typeof connect>

export interface Identity {
  /** Where the credential comes from, in words: "the token in STRONGROOM_TOKEN". */
  source: string
  /** By the token's form. What it may do is Strongroom's to say. */
  kind: "machine" | "person"
  token: string
}

export interface Connection {
  api: Api
  url: string
  identity: Identity
}

let inUse: Identity | undefined

/** The identity of this very call, once it is known: an error is told with it. */
export function identityInUse(): Identity | undefined {
  return inUse
}

/** @throws StrongroomError `unauthenticated` when there is no credential, `invalid` when there is no address */
export async function open(options: { url: string | undefined }): Promise<Connection> {
  const url = await addressOf(options)
  const identity = await findIdentity(url)
  inUse = identity
  const api = connect({ baseUrl: url }, { kind: "bearer", token: identity.token }, { userAgent })
  return { api, url, identity }
}

/** For what nobody needs to be somebody for, such as setting up. */
export async function openAsNobody(options: { url: string | undefined }): Promise<{ api: Api; url: string }> {
  const url = await addressOf(options)
  return { api: connect({ baseUrl: url }, { kind: "none" }, { userAgent }), url }
}

export function openWith(url: string, token: string): Api {
  return connect({ baseUrl: url }, { kind: "bearer", token }, { userAgent })
}

/** A machine's connection. @throws StrongroomError `forbidden` for a person: values go to machines alone */
export async function openAsMachine(options: { url: string | undefined }): Promise<Connection> {
  const connection = await open(options)
  if (connection.identity.kind === "machine") return connection
  throw new StrongroomError(
    "forbidden",
    `${connection.identity.source} is a person's, and people don't read values. Use a service account's token in ${settings.token}.`,
  )
}

const userAgent = `strongroom-cli/${version}`

async function addressOf({ url }: { url: string | undefined }): Promise<string> {
  const given = url ?? variable(settings.url) ?? (await readConfiguration()).url
  if (given === undefined) {
    throw new StrongroomError("invalid", `It isn't known where Strongroom is. Set ${settings.url}, or give --url.`)
  }
  return originOf(given)
}

function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
    throw new StrongroomError("invalid", "The address of Strongroom must look like https://strongroom.example.")
  }
  if (url.protocol === "http:" && !isThisMachine(url.hostname)) {
    warn(`${url.origin} is asked without encryption: whoever is on the way sees tokens and values. Use https.`)
  }
  return url.origin
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")
}

async function findIdentity(url: string): Promise<Identity> {
  const given = variable(settings.token)
  if (given !== undefined) return identityOf(given, `The token in ${settings.token}`)
  const file = variable(settings.tokenFile)
  if (file !== undefined) return identityOf(await readTokenFile(file), `The token in ${file} (${settings.tokenFile})`)
  const kept = await findToken(url)
  if (kept !== undefined) {
    const place = kept.in === "keyring" ? "the system's keyring" : credentialsFile()
    return identityOf(kept.token, `The login at ${url}, kept in ${place},`)
  }
  throw new StrongroomError(
    "unauthenticated",
    `Nobody is signed in at ${url}. Run \`strongroom login\`, or set ${settings.token} to a service account's token.`,
  )
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (cause) {
    throw new StrongroomError("unauthenticated", `The token file ${path} can't be read.`, { cause })
  }
}

/** @throws StrongroomError `unauthenticated`, which doesn't repeat what isn't a token */
export function identityOf(text: string, source: string): Identity {
  const token = text.trim()
  const kind = /^srm_(pat|sat)_[0-9A-Za-z_]+$/.exec(token)?.[1]
  if (kind === undefined) {
    throw new StrongroomError("unauthenticated", `${source} isn't a token of Strongroom's. Those begin with srm_.`)
  }
  return { source, kind: kind === "sat" ? "machine" : "person", token }
}

/**
 * The scope that a call is about: the one that was named, else the chosen one, else a machine's own.
 * @throws StrongroomError `invalid` when none is known
 */
export async function scopeFor({ api, identity }: Connection, named: string | undefined): Promise<string> {
  const chosen = named ?? variable(settings.scope)
  if (chosen !== undefined) return chosen
  const own = identity.kind === "machine" ? (await api.describeMe({})).scope : (await readConfiguration()).scope
  if (own !== undefined && own !== null) return own
  throw new StrongroomError(
    "invalid",
    "Say which scope: --scope acme.payments.prod, or once `strongroom scope use SCOPE`.",
  )
}

/** What a machine reads for: undefined is the token's own workspace. */
export function readingScope(named: string | undefined): string | undefined {
  return named ?? variable(settings.scope)
}
