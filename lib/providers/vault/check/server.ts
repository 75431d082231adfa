/** The server itself: whether it answers, by what certificate, and in which state it is. No credential is sent yet. */
import { z } from "zod"
import { ConnectionError, ProviderError, type ServerCertificate } from "../../provider.ts"
import type { VaultAnswer } from "../client.ts"
import { askHealth, type Health, healthBody } from "../health.ts"
import { Obstacle, obstacleOf, unsealIt } from "./obstacle.ts"
import { hardening, type Visit } from "./visit.ts"
import { day, duration, named } from "./words.ts"

export interface Server {
  version: string
  clusterId: string | null
  clockSkewMs: number
  isStandby: boolean
  /** False when it is of no use to ask it for anything: the lines say why. */
  isServing: boolean
}

/** @throws Obstacle when no Vault answers; Told when that was said already */
export async function findServer(visit: Visit): Promise<Server> {
  const { report, settings, host } = visit
  const before = host.now().getTime()
  const answer = await reach(visit)
  const after = host.now().getTime()
  report.passed("reachable", `${settings.address} answers.`)
  tellTls(visit, answer.certificate)
  const health = healthIn(answer)
  const cluster = health.cluster_name === undefined ? "" : `, cluster "${named(health.cluster_name)}"`
  report.passed("version", `Version ${named(health.version)}${cluster}.`)
  await tellStorage(visit)
  return {
    version: named(health.version),
    clusterId: health.cluster_id ?? null,
    clockSkewMs: tellClock(visit, health, (before + after) / 2),
    isServing: tellState(visit, health),
    isStandby: health.standby,
  }
}

async function reach({ client, report, settings }: Visit): Promise<VaultAnswer> {
  try {
    return await askHealth(client)
  } catch (error) {
    // The connection came about, and ended over the certificate.
    const isTls = error instanceof ConnectionError && error.fault === "tls"
    if (isTls) report.passed("reachable", `Something answers at ${settings.address}.`)
    const { status, message, mend, paste } = obstacleOf(error)
    // A page with a good status: it is somebody else's address.
    const isAnother = error instanceof ProviderError
    report.blocked(
      isTls ? "tls" : "reachable",
      new Obstacle(isAnother ? "misconfigured" : status, message, mend, paste),
    )
    throw new Told()
  }
}

/** The line of an obstacle was told already. */
export class Told extends Error {}

const daysOfWarning = 14

function tellTls({ report, settings, host }: Visit, certificate: ServerCertificate | null): void {
  if (certificate === null) {
    report.warned("tls", "Plain HTTP: whoever is on the way can read every value and the credential.", {
      mend: `Give the server a certificate and use https://. How to harden it: ${hardening}`,
      consent: "plain_http",
    })
    return
  }
  const { subject, issuer, validFrom, validTo } = certificate
  const text = `Certificate of ${named(subject)}, issued by ${named(issuer)}, valid from ${day(validFrom)} to ${day(validTo)}`
  const secondsLeft = Math.max(0, (validTo.getTime() - host.now().getTime()) / 1000)
  const endsSoon = secondsLeft < daysOfWarning * 86_400
  if (settings.ca !== "") {
    report.warned("tls", `${text}. It is trusted by the CA bundle that you gave, and by that alone.`, {
      mend: "Make sure that the bundle came to you by a way that you trust.",
      consent: "own_authority",
    })
  } else if (!endsSoon) report.passed("tls", `${text}.`)
  if (endsSoon) {
    report.warned(settings.ca === "" ? "tls" : "tls.end", `${text}. It ends in ${duration(secondsLeft)}.`, {
      mend: "Renew it at the server. Once it has ended, Strongroom reads and writes nothing there.",
    })
  }
}

function healthIn({ status, body }: VaultAnswer): Health {
  const parsed = healthBody.safeParse(body)
  if (status === 200 && parsed.success) return parsed.data
  if (status === 429)
    throw new Obstacle("throttled", "The server is busy: it takes no more requests now.", "Try later.")
  if (status >= 500) {
    const text = `A proxy answered in place of Vault (${status}).`
    throw new Obstacle("unreachable", text, "Does the server behind it run, and does the proxy know where?")
  }
  throw new Obstacle(
    "misconfigured",
    `Something answers there, but not as Vault or OpenBao do (${status}).`,
    "Check host and port. The address is that of the API, without a path.",
  )
}

const sealStatusBody = z.object({ storage_type: z.string() })

/**
 * A dev server keeps everything in memory, and says so to everybody. It is no proof of dev mode, but the same to whoever
 * stores secrets there: they are gone when it ends. HCP may not answer this.
 */
async function tellStorage({ client, report }: Visit): Promise<void> {
  const call = { method: "GET", path: ["sys", "seal-status"], token: null, namespace: false } as const
  const parsed = await client.call(call).then(
    ({ body }) => sealStatusBody.safeParse(body),
    (error: unknown) => void obstacleOf(error),
  )
  if (parsed?.success !== true) {
    report.skipped("storage", "The server doesn't say what it keeps its data in.")
  } else if (parsed.data.storage_type.startsWith("inmem")) {
    report.warned("storage", "A dev server: it keeps everything in memory, and forgets it when it ends.", {
      mend: `Use it to try things out. For anything else, harden a real one: ${hardening}`,
      consent: "development_server",
    })
  } else report.passed("storage", `It keeps its data in ${named(parsed.data.storage_type)}.`)
}

const skewToWarnOfMs = 5_000

/** The server gives whole seconds, cut off, so half a second is added. */
function tellClock({ report }: Visit, { server_time_utc }: Health, ourMs: number): number {
  const skewMs = Math.round(server_time_utc * 1000 + 500 - ourMs)
  const seconds = Math.abs(Math.round(skewMs / 1000))
  const text = `The server's clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} ours.`
  if (Math.abs(skewMs) <= skewToWarnOfMs) {
    report.passed("clock", seconds <= 1 ? "The server's clock agrees with ours." : text)
  } else {
    report.warned("clock", text, {
      mend: "Set both by NTP: times of versions are the server's, and sign-ins by JWT or Kubernetes fail with a clock that is off.",
    })
  }
  return skewMs
}

function tellState({ report }: Visit, health: Health): boolean {
  if (!health.initialized) {
    report.failed("seal", "uninitialized", "The server isn't initialized: it holds nothing and has no keys yet.", {
      mend: "Initialize and unseal it where it runs, with `bao operator init` or `vault operator init`, and keep the keys it prints.",
    })
    return false
  }
  if (health.sealed) {
    report.failed("seal", "sealed", "The server is sealed: it answers nothing until it is unsealed.", {
      mend: unsealIt,
    })
    return false
  }
  if (health.replication_dr_mode === "secondary" || health.removed_from_cluster === true) {
    const what =
      health.removed_from_cluster === true ? "was removed from its cluster" : "is a disaster recovery secondary"
    report.failed("seal", "misconfigured", `This server ${what}: it serves nobody.`, {
      mend: "Enter the address of the primary cluster, or of the load balancer in front of it.",
    })
    return false
  }
  if (health.standby) {
    const kind = health.performance_standby === true ? "a performance standby" : "a standby"
    report.warned("seal", `Unsealed, and ${kind}: it hands on what it is asked to the active server.`, {
      mend: "The address of the load balancer, or of the active server, spares that way.",
    })
  } else report.passed("seal", "Unsealed and active.")
  return true
}

const slowMs = 1_000

/** In milliseconds: the median of three, asked one after the other. */
export async function findLatency({ client, report }: Visit): Promise<number> {
  const answers = [await askHealth(client), await askHealth(client), await askHealth(client)]
  const median = Math.round(answers.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other)[1] ?? 0)
  if (median <= slowMs) report.passed("latency", `It answers in ${median} ms.`)
  else {
    report.warned("latency", `It answers in ${median} ms.`, {
      mend: "Each read that isn't cached takes this long. Is it far away, or overloaded?",
    })
  }
  return median
}
