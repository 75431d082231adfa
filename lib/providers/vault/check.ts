/**
 * Tries a registration's settings and credential live, line by line, before anything is saved. It asks and looks, and
 * writes nothing. A sign-in is tried once, as too many that fail lock the credential out, and its token is given back.
 */
import { Secret } from "../../secret.ts"
import type { CheckLine, CheckResult, RemoteHost, Settings } from "../provider.ts"
import { signInBy } from "./auth/methods.ts"
import { fieldOf } from "./auth/sign-in.ts"
import { type Engine, findEngine } from "./check/engine.ts"
import { findIdentity, type Identity } from "./check/identity.ts"
import { namespaceHint, Obstacle, obstacleOf } from "./check/obstacle.ts"
import { CheckReport } from "./check/report.ts"
import { findRights } from "./check/rights.ts"
import { findLatency, findServer, type Server, Told } from "./check/server.ts"
import { type Visit, withinTenSeconds } from "./check/visit.ts"
import { openClient } from "./client.ts"
import { type VaultSettings, vaultSettings } from "./settings.ts"

/** Lines that every check has, in their order. Further ones are told where there is something to say. */
const steps = [
  "reachable",
  "tls",
  "version",
  "storage",
  "clock",
  "seal",
  "latency",
  "signed_in",
  "engine",
  "capabilities",
]

interface Found {
  server?: Server
  latencyMs?: number
  identity?: Identity
  engine?: Engine
  canWrite?: boolean
}

/** @see RemoteProvider.check */
export async function check(
  settings: Settings,
  host: RemoteHost,
  tell: (line: CheckLine) => void,
): Promise<CheckResult> {
  const wanted = vaultSettings(settings)
  const report = new CheckReport(tell)
  const client = withinTenSeconds(openClient(wanted, host))
  const found: Found = {}
  try {
    await lookAround({ settings: wanted, host, report, client }, found)
  } finally {
    client.close()
  }
  report.skipUntold(steps)
  return resultOf(wanted, report, found)
}

async function lookAround(visit: Visit, found: Found): Promise<void> {
  const server = await step(visit, "version", () => findServer(visit))
  if (server === undefined) return
  found.server = server
  if (!server.isServing) return
  const latencyMs = await step(visit, "latency", () => findLatency(visit))
  if (latencyMs === undefined) return
  found.latencyMs = latencyMs
  const token = await step(visit, "signed_in", () => signIn(visit))
  if (token === undefined) return
  try {
    await lookAsSignedIn(visit, found, server, token)
  } finally {
    await giveBack(visit, token)
  }
}

async function lookAsSignedIn(visit: Visit, found: Found, server: Server, token: Secret): Promise<void> {
  const identity = await step(visit, "signed_in", () => findIdentity(visit, token))
  if (identity === undefined) return
  found.identity = identity
  const engine = await step(visit, "engine", () => findEngine(visit, token, identity))
  if (engine === undefined) return
  found.engine = engine
  const { mount, prefix } = visit.settings
  const place = { mount, prefix, kvVersion: engine.kvVersion, hasPatch: knowsPatch(server.version) }
  const rights = await step(visit, "capabilities", () => findRights(visit, token, place, identity.isRoot))
  found.canWrite = rights?.canWrite === true
}

/** What a step found; undefined when something stood in its way, which is the step's line then. */
async function step<Finding>(
  { report }: Visit,
  id: string,
  find: () => Promise<Finding>,
): Promise<Finding | undefined> {
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof Told)) report.blocked(id, obstacleOf(error))
    return undefined
  }
}

async function signIn({ client, settings, host }: Visit): Promise<Secret> {
  const { authMethod, authMount } = settings
  if (authMethod === "token") return Secret.fromText(fieldOf(host.credential, "token"))
  try {
    return (await signInBy[authMethod](client, settings, host.credential)).token
  } catch (error) {
    const { status, message } = obstacleOf(error)
    if (status !== "unauthenticated" && status !== "misconfigured") throw error
    // The server tells neither which of the two is wrong nor whether there is such an auth mount.
    const mend = `Is the method mounted at "auth/${authMount}"? \`bao auth list\` shows it. ${namespaceHint(settings)}`
    throw new Obstacle(status, message, mend)
  }
}

/** Nothing is lost when it fails: what a sign-in gave ends by itself. */
async function giveBack({ client, settings }: Visit, token: Secret): Promise<void> {
  if (settings.authMethod !== "token") {
    const path = ["auth", "token", "revoke-self"]
    await client.call({ method: "POST", path, token }).catch((error: unknown) => void obstacleOf(error))
  }
  token.wipe()
}

/** Vault refuses policies that name "patch" before 1.9, and OpenBao begins with 2.0. */
function knowsPatch(version: string): boolean {
  return !/^(?:0\.|1\.[0-8]\.)/.test(version)
}

function resultOf(wanted: VaultSettings, report: CheckReport, found: Found): CheckResult {
  const { server, latencyMs, identity, engine, canWrite } = found
  return {
    status: report.status ?? (server?.isStandby === true ? "standby" : "up"),
    passed: !report.hasFailed,
    canWrite: canWrite === true && !report.hasFailed,
    settings: { ...wanted, ...engine },
    clusterId: server?.clusterId ?? null,
    serverVersion: server?.version ?? null,
    latencyMs: latencyMs ?? null,
    clockSkewMs: server?.clockSkewMs ?? null,
    signedInAs: identity?.name ?? null,
    expiresAt: identity?.expiresAt ?? null,
    canBeRenewed: identity?.canBeRenewed ?? false,
    needsConsent: report.consents,
  }
}
