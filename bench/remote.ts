/**
 * Machine reads of values that a backend keeps, through the real API process and a real OpenBao: cached ones beside
 * built-in ones, uncached ones beside KV reads without us, and all of them while another backend takes two seconds for
 * each answer. Everything is a ratio within one run.
 *
 *   node bench/remote.ts [--seconds 3] [--rounds 5] [--warmup 5] [--connections 32] [--secrets 300]
 */
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { PersonCaller } from "../lib/core/caller.ts"
import type { House } from "../lib/core/context.ts"
import { openCore } from "../lib/core/core.ts"
import { newId } from "../lib/db/ids.ts"
import { openEgress } from "../lib/net/egress.ts"
import { faultLayer } from "../lib/testing/fault-layer.ts"
import { faults } from "../lib/testing/faults.ts"
import { startOpenBao } from "../lib/testing/servers.ts"
import { furnish } from "./measuring/furnish.ts"
import { anInstallation } from "./measuring/installation.ts"
import type { LoadPlan, LoadResult } from "./measuring/load.ts"
import { answerOf, start } from "./measuring/processes.ts"
import { type Contestant, inRounds, type Measured, median, print, spread } from "./measuring/rounds.ts"

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    warmup: { type: "string", default: "5" },
    connections: { type: "string", default: "32" },
    secrets: { type: "string", default: "300" },
  },
})
const here = import.meta.dirname
const workspace = "acme.payments.prod"
const slowMilliseconds = 2_000
/** Clients of the slow backend. */
const slowConnections = 16

await using installation = await anInstallation()
await using server = await startOpenBao()
await using layer = await faultLayer(server.plainAddress)
await measure()

interface Filled {
  token: string
  builtIn: string[]
  /** By provider, the names of what it keeps. */
  remote: Record<Provider, string[]>
}

type Provider = "cached" | "uncached" | "slow"

async function measure(): Promise<void> {
  const { port } = installation
  const egress = openEgress({ allow: [], own: [], loopback: true })
  const { token, builtIn, remote } = await installation.fill(fill, { egress })
  await egress.close()
  const api = await installation.startApi({ env: { STRONGROOM_EGRESS_LOOPBACK: "allow", LOG_LEVEL: "error" } })
  await layer.play(faults.delayed(slowMilliseconds), { path: /\/data\// })
  const [loader, other] = [
    await start(join(here, "measuring", "load.ts")),
    await start(join(here, "measuring", "load.ts")),
  ]
  const seconds = Number(options.seconds)
  const load = (
    child: typeof loader,
    requests: LoadPlan["requests"],
    more: Partial<LoadPlan> = {},
  ): Promise<LoadResult> => {
    child.send({ port, connections: Number(options.connections), seconds, requests, ...more })
    return answerOf<LoadResult>(child)
  }
  const reads = async (names: readonly string[]): Promise<LoadPlan["requests"]> =>
    Promise.all(
      names.map(async (name) => ({ text: requestFor(port, name, token), body: await bodyOf(port, name, token) })),
    )
  const requests = {
    builtIn: await reads(builtIn),
    cached: await reads(remote.cached),
    uncached: await reads(remote.uncached),
    slow: remote.slow.map((name) => ({ text: requestFor(port, name, token), body: null })),
    direct: remote.uncached.map((name) => ({ text: directRequestFor(name), body: null })),
  }
  /** While clients of the slow backend wait for theirs. */
  const beside = async (run: () => Promise<LoadResult>): Promise<LoadResult> => {
    const waiting = load(other, requests.slow, { connections: slowConnections })
    const result = await run()
    await waiting
    return result
  }
  const directPort = Number(new URL(server.plainAddress).port)
  const ours = { processes: [{ name: "node", pid: api.pid }] }
  const contestants: Contestant[] = [
    { name: "built-in", load: () => load(loader, requests.builtIn), ...ours },
    { name: "cached", load: () => load(loader, requests.cached), ...ours },
    {
      name: "KV without us",
      load: () => load(loader, requests.direct, { port: directPort }),
      processes: [{ name: "bao", pid: server.pid }],
    },
    { name: "uncached", load: () => load(loader, requests.uncached), ...ours },
    { name: "built-in beside slow", load: () => beside(() => load(loader, requests.builtIn)), ...ours },
    { name: "cached beside slow", load: () => beside(() => load(loader, requests.cached)), ...ours },
    { name: "uncached beside slow", load: () => beside(() => load(loader, requests.uncached)), ...ours },
  ]
  for (const each of [requests.builtIn, requests.cached, requests.uncached]) {
    await load(loader, each, { seconds: Number(options.warmup) })
  }
  const measured = await inRounds(contestants, Number(options.rounds))
  print(measured, "built-in")
  compare(measured)
  for (const child of [api, loader, other]) child.disconnect()
}

function compare(measured: readonly Measured[]): void {
  const of = (name: string): Measured => {
    const found = measured.find((each) => each.name === name)
    if (found === undefined) throw new Error(`Nothing called ${name} was measured.`)
    return found
  }
  const ratio = (a: readonly number[], b: readonly number[]): string =>
    spread(
      a.map((value, round) => value / (b[round] ?? Number.NaN)),
      2,
    )
  console.log(`cached ÷ built-in, per second: ${ratio(of("cached").perSecond, of("built-in").perSecond)}`)
  console.log(`uncached ÷ KV without us, per second: ${ratio(of("uncached").perSecond, of("KV without us").perSecond)}`)
  for (const name of ["built-in", "cached", "uncached"]) {
    const [without, beside] = [of(name), of(`${name} beside slow`)]
    const [p50, p99] = [ratio(beside.p50, without.p50), ratio(beside.p99, without.p99)]
    console.log(
      `${name}, with a slow backend ÷ without: p50 ${p50}, p99 ${p99} (median ${median(beside.p99).toFixed(1)} ms)`,
    )
  }
  console.log(
    `(the machine's load: ${loadavg()
      .map((each) => each.toFixed(1))
      .join(", ")})`,
  )
}

async function fill(house: House): Promise<Filled> {
  const count = Number(options.secrets)
  const { tokens, secrets } = await furnish(house, { secrets: count, tokens: 1 })
  const core = openCore(house)
  const admin = await makeAdmin(house)
  const request = (): Parameters<typeof core.callAs>[3] => {
    return { id: newId(), address: null, userAgent: null, idempotencyKey: null, ifNoneMatch: null }
  }
  const remote: Filled["remote"] = { cached: [], uncached: [], slow: [] }
  for (const [name, cacheSeconds] of [
    ["cached", 3_600],
    ["uncached", 0],
    ["slow", 0],
  ] as const) {
    const address = name === "slow" ? layer.address : server.plainAddress
    const settings = { address, mount: "secret", prefix: name }
    const typed = { scope: workspace, kind: "vault" as const, name, settings, credential: { token: server.rootToken } }
    const check = await core.callAs("checkProvider", admin, typed, request())
    const consents = check.report?.needsConsent ?? []
    const terms = { cacheSeconds, staleSeconds: 0, checkSeconds: 3_600, makeDefault: true }
    await core.callAs("registerProvider", admin, { ...typed, check: check.id, consents, ...terms }, request())
    for (let each = 0; each < (name === "slow" ? slowConnections : count); each += 1) {
      const secret = `${name.toUpperCase()}_${each}`
      const value = Buffer.from(crypto.getRandomValues(new Uint8Array(128))).toString("hex")
      await core.callAs("createSecret", admin, { scope: workspace, vault: "default", name: secret, value }, request())
      remote[name].push(secret)
    }
  }
  await house.stores.close()
  return { token: tokens[0] ?? "", builtIn: secrets.map(({ name }) => name), remote }
}

async function makeAdmin({ database: { prisma } }: House): Promise<PersonCaller> {
  const { id: scopeId, organizationId } = await prisma.scope.findFirstOrThrow({ where: { kind: "organization" } })
  const id = newId()
  const email = "admin@example.com"
  await prisma.person.create({ data: { organizationId, id, name: "Admin", email, foldedEmail: email } })
  await prisma.roleAssignment.create({ data: { organizationId, personId: id, scopeId, role: "admin" } })
  return {
    kind: "person",
    via: "session",
    credentialId: newId(),
    organizationId,
    id,
    name: "Admin",
    email,
    roles: [{ role: "admin", scopeId, scopePath: "acme", scopeKind: "organization" }],
    signedInAt: new Date(),
    expiresAt: new Date(Date.now() + 3_600_000),
    method: "password",
  }
}

function requestFor(port: number, name: string, token: string): string {
  return `GET /api/v1/vaults/default/secrets/${name}/value HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

function directRequestFor(name: string): string {
  const path = `/v1/secret/data/uncached/${workspace}/default/${name}`
  const { host } = new URL(server.plainAddress)
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Vault-Token: ${server.rootToken}\r\nX-Vault-Request: true\r\n\r\n`
}

async function bodyOf(port: number, name: string, token: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/vaults/default/secrets/${name}/value`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!answer.ok) throw new Error(`${name} was answered ${answer.status}: ${await answer.text()}`)
  return answer.text()
}
