/**
 * The API's process: it has the login to the database, the keys and all of core. It owns the public port, answers what
 * is the API's there, and sends everything else on to the console.
 */
import { readFileSync } from "node:fs"
import type { Server } from "node:http"
import { hostname } from "node:os"
import { join } from "node:path"
import { startApi } from "../api/server.ts"
import type { House } from "../core/context.ts"
import { openCore } from "../core/core.ts"
import { newSetupCode } from "../core/identity/setup.ts"
import { describeKeys, type KeyStatus } from "../core/key-rotation.ts"
import { openHouse } from "../core/open-house.ts"
import type { DeclaredProvider } from "../core/providers/backends.ts"
import { type Database, openDatabase } from "../db/database.ts"
import { listStatuses } from "../db/provider-checks.ts"
import { type ApiSettings, readApiSettings, SettingsError } from "../env.ts"
import { createFront } from "../front/server.ts"
import { startJobs } from "../jobs/schedule.ts"
import { describeError, log, setLogLevel } from "../log.ts"
import { openEgress } from "../net/egress.ts"
import { parseEgressAllow } from "../net/egress-allow.ts"
import type { EgressRules } from "../net/egress-rules.ts"
import { remoteProviders } from "../providers/registry.ts"
import { Secret } from "../secret.ts"
import { keyringOf } from "./configured-keyring.ts"
import { poll } from "./poll.ts"
import { isFileError } from "./private-file.ts"

// The supervisor hears of Ctrl-C and tells us; when it is gone, so are we.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined)
process.on("disconnect", () => process.exit())
process.on("uncaughtException", (error) => {
  log.error("the API's process ends: nobody caught this", { error: describeError(error) })
  process.exit(1)
})

// Constants that `serve` reads stand before it is called.

/** Where the operator's own provider may be without being listed: they typed the address themselves. */
const privateRanges = parseEgressAllow("10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, [fc00::/7]")

/** The names under which the operator set a provider's settings. */
const variableOf: Readonly<Record<string, string>> = {
  address: "VAULT_ADDR",
  namespace: "VAULT_NAMESPACE",
  roleId: "VAULT_ROLE_ID",
  mount: "STRONGROOM_VAULT_MOUNT",
  prefix: "STRONGROOM_VAULT_PREFIX",
  ca: "STRONGROOM_VAULT_CA",
}

try {
  await serve(readApiSettings())
} catch (error) {
  log.error(error instanceof Error ? error.message : String(error), { error: describeError(error) })
  process.exit(1)
}

async function serve(settings: ApiSettings): Promise<void> {
  setLogLevel(settings.logLevel)
  const { publicUrl, oidcProviders, development, trustedProxies, metricsToken } = settings
  const database = openDatabase({ url: settings.databaseUrl })
  const egress = openEgress(egressRulesOf(settings))
  const operatorEgress = openEgress({ allow: privateRanges, own: [], loopback: true })
  const house = await openHouse({
    database,
    keyring: keyringOf(settings),
    publicUrl: publicUrl.origin,
    identityProviders: oidcProviders,
    production: !development,
    egress,
    operatorEgress,
    plainWebhooks: settings.egressLoopback,
    declaredProvider: declaredProviderOf(settings),
    serving: { host: hostname(), pid: process.pid },
  })
  const api = await startApi({
    core: openCore(house),
    publicUrl,
    version: productVersion(),
    privatePlace: settings.apiPlace,
    metricsToken,
    isReady: () => answers(database),
    providers: () => listStatuses(database.prisma),
    keys: async () => (await describeKeys(house)).keys.filter(isKnown),
  })
  const front = createFront({
    publicUrl,
    trustedProxies,
    development,
    console: settings.consolePlace,
    api: api.handlePublic,
    report: (message, fields) => log.warn(message, fields),
  })
  await inviteFirstOwner(house)
  await listen(front, settings)
  const jobs = startJobs(house)
  process.on("message", (message) => {
    if (message !== "stop") return
    // A check of a slow backend would hold the jobs' end up.
    const waysOut = [() => egress.close(), () => operatorEgress.close(), () => house.stores.close()]
    void stop([() => closed(front), api.close, ...waysOut, () => jobs.stop(), () => database.close()])
  })
  process.send?.("ready")
}

/** A key that the database knows, and that isn't done. */
function isKnown({ state }: KeyStatus): boolean {
  return state !== "configured" && state !== "retired"
}

/** The supervisor passes this line on as it is. It is the only way to the code, which is nowhere in the log. */
async function inviteFirstOwner(house: House): Promise<void> {
  const code = await newSetupCode(house)
  if (code !== undefined) process.stdout.write(`First owner: open ${house.publicUrl}/setup and enter ${code}\n`)
}

/** What tenants' addresses may lead to: never to ourselves, nor to our database. */
function egressRulesOf(settings: ApiSettings): EgressRules {
  const { host, port, apiPlace, consolePlace, databaseUrl } = settings
  const parts = [apiPlace, consolePlace].flatMap((place) => ("url" in place ? ownPlace(place.url, 80) : []))
  return {
    allow: parseEgressAllow(settings.egressAllow),
    own: [{ address: host, port }, ...parts, ...ownPlace(new URL(databaseUrl), 5432)],
    loopback: settings.egressLoopback,
  }
}

/** None for a database on a socket. */
function ownPlace({ hostname, port }: URL, usualPort: number): EgressRules["own"] {
  const address = hostname.replace(/^\[|\]$/g, "")
  return address === "" ? [] : [{ address, port: Number(port || usualPort) }]
}

/** Throws what the operator should read when the provider can't use what they declared. */
function declaredProviderOf({ declaredVault }: ApiSettings): DeclaredProvider | undefined {
  if (declaredVault === undefined) return undefined
  const { kind, settings, credential } = declaredVault
  const secrets = Object.entries(credential).map(([field, text]) => [field, Secret.fromText(text)] as const)
  const declared = { kind, name: kind.replace("_", "-"), settings, credential: Object.fromEntries(secrets) }
  requireUsable(declared)
  return declared
}

function requireUsable({ kind, settings }: DeclaredProvider): void {
  const parsed = remoteProviders.get(kind)?.settings.safeParse(settings)
  if (parsed === undefined)
    throw new SettingsError([`SECRETS_PROVIDER asks for ${kind}, which this version doesn't know.`])
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const [setting = ""] = path.map(String)
    return `${variableOf[setting] ?? setting}: ${message}`
  })
  if (problems.length > 0) throw new SettingsError(problems)
}

function productVersion(): string {
  const file = readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")
  return (JSON.parse(file) as { version: string }).version // our own file
}

async function answers({ pool }: Database): Promise<boolean> {
  try {
    // pg's own limit for one statement is on each query, though not in its types' names for a plain text.
    const question = { text: "SELECT 1", query_timeout: 3_000 }
    await pool.query(question)
    return true
  } catch (error) {
    log.warn("the database does not answer", { error: describeError(error) })
    return false
  }
}

/** A predecessor that was killed may keep the port for a moment longer. */
async function listen(front: Server, { host, port }: ApiSettings): Promise<void> {
  const tryToListen = async (): Promise<boolean> => {
    const listening = Promise.withResolvers<boolean>()
    front.once("error", listening.reject).once("listening", () => listening.resolve(true))
    front.listen(port, host)
    try {
      return await listening.promise
    } catch (error) {
      if (isFileError(error, "EADDRINUSE")) return false
      throw error
    } finally {
      front.removeAllListeners("listening")
      front.removeListener("error", listening.reject)
    }
  }
  if (await poll(tryToListen, { forMs: 5_000, everyMs: 100 })) return
  throw new Error(`Port ${port} on ${host} is taken. Stop what uses it, or set PORT.`)
}

async function closed(server: Server): Promise<void> {
  const closing = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 3_000).unref()
  await closing
}

/** From the outside in: what is under way gets a few seconds to be answered. */
async function stop(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step()
  process.exit()
}
