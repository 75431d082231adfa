/**
 * What the acceptance suites play on: the whole core on a real database, an organization with a Vault that was
 * registered as people register one, and a fault layer between the two. A scene's parts are its own, so that many can
 * be played side by side.
 */
import type { AnswerOf, ConditionalName, InputOf, OutputOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import type { MachineCaller, PersonCaller } from "../core/caller.ts"
import type { House } from "../core/context.ts"
import { type Core, openCore } from "../core/core.ts"
import { type HouseOptions, openHouse } from "../core/open-house.ts"
import { openReadCache } from "../core/read-cache.ts"
import { type Egress, type EgressRequest, openEgress } from "../net/egress.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import type { Canary } from "../testing/canaries.ts"
import { makeCanary } from "../testing/canaries.ts"
import type { TestAuthority } from "../testing/certificates.ts"
import { type FaultLayer, faultLayer, type When } from "../testing/fault-layer.ts"
import type { KvV2 } from "../testing/openbao-client.ts"
import { aKvV2Mount, type KvMount, ownName } from "../testing/shared-openbao.ts"

/** The house that scenes share, and a mount of the run's server. */
export interface Stage extends AsyncDisposable {
  readonly inner: TestHouse
  readonly mount: KvMount<KvV2>
  /** Lets requests to this address that are like these wait for so long, and no longer. Undefined: as long as usual. */
  limit(address: string, limit: { milliseconds: number; when: When } | undefined): void
}

export async function aStage(options: Partial<HouseOptions> = {}): Promise<Stage> {
  const limits = new Map<string, { milliseconds: number; when: When }>()
  const mount = await aKvV2Mount()
  const { root } = mount
  await root.writePolicy(mount.mount, policyFor(mount.mount))
  await root.enableAuth(mount.mount, "approle")
  const egress = impatient(openEgress({ allow: [], own: [], loopback: true }), limits)
  const inner = await aHouse({ egress, ...options })
  return {
    inner,
    mount,
    limit: (address, limit) => {
      if (limit === undefined) limits.delete(address)
      else limits.set(address, limit)
    },
    [Symbol.asyncDispose]: async () => {
      await inner[Symbol.asyncDispose]()
      await root.disableAuth(mount.mount)
      await root.deletePolicy(mount.mount)
      await mount[Symbol.asyncDispose]()
    },
  }
}

/** A hang needn't cost the ten seconds that a request has: those that a fault is played to get less, and no others. */
function impatient(egress: Egress, limits: ReadonlyMap<string, { milliseconds: number; when: When }>): Egress {
  const sooner = (request: EgressRequest): EgressRequest => {
    const limit = limits.get(request.url.origin)
    if (limit === undefined || !isLike(request, limit.when)) return request
    return { ...request, timeoutMs: Math.min(request.timeoutMs, limit.milliseconds) }
  }
  return {
    ...egress,
    fetch: (request) => egress.fetch(sooner(request)),
    fetchFor: (owner) => {
      const fetch = egress.fetchFor(owner)
      return (request) => fetch(sooner(request))
    },
  }
}

function isLike({ method, url }: EgressRequest, when: When): boolean {
  return (
    (when.method === undefined || when.method === method) && (when.path?.test(`${url.pathname}${url.search}`) ?? true)
  )
}

function policyFor(mount: string): string {
  const rule = (path: string, ...capabilities: string[]): string =>
    `path "${mount}/${path}" { capabilities = ${JSON.stringify(capabilities)} }`
  const all = ["create", "read", "update", "patch", "delete"]
  return [
    rule("data/*", ...all),
    rule("metadata/*", ...all, "list"),
    ...["delete/*", "undelete/*", "destroy/*"].map((path) => rule(path, "update")),
    rule("subkeys/*", "read"),
    rule("config", "read"),
  ].join("\n")
}

/** A process of the product, as far as a scene needs one: its own memory, the shared database. */
export interface Process {
  readonly house: House
  readonly core: Core
}

export interface Scene extends Process, AsyncDisposable {
  readonly stage: Stage
  readonly organization: TestOrganization
  readonly admin: PersonCaller
  readonly machine: { caller: MachineCaller; token: string }
  readonly layer: FaultLayer
  readonly providerId: string
  /** The part of the mount that is this scene's; `kv.listAll(prefix)` is all that is in it. */
  readonly prefix: string
  readonly kv: KvV2
  /** The cache's clock, in milliseconds. */
  readonly clock: { now: number }
  /** What must show up nowhere: values and credentials, by where they were planted. */
  readonly canaries: Canary[]
  /** A value that is searched for afterwards. */
  value(planted: string): string
  /** As the organization's admin, who registered the provider. */
  call<Name extends OperationName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>>
  /** As its machine, which may read everything. */
  read<Name extends ConditionalName>(name: Name, input: InputOf<Name>): Promise<AnswerOf<Name>>
  /** Another process on the same database, which remembers nothing of this one. */
  another(): Promise<Process>
  /** Registers a further provider through the same layer, with a part of the mount of its own. Answers its id. */
  register(name: string, prefix: string): Promise<string>
  /** A new token of the same policy, as somebody enters it when the old one is over. */
  replaceCredential(): Promise<void>
}

export interface SceneOptions {
  /** Signed in by a typed token unless told otherwise. */
  auth?: "token" | "approle"
  /** Speaks TLS, with a certificate of this authority. */
  authority?: TestAuthority
  /** Whether new secrets go there: unless told otherwise. */
  isDefault?: boolean
  cacheSeconds?: number
  staleSeconds?: number
}

export const providerName = "vault-prod"

/** An organization of its own with one provider, registered through the layer after a check that passed. */
export async function aScene(stage: Stage, options: SceneOptions = {}): Promise<Scene> {
  const { inner, mount } = stage
  const { auth = "token", authority, isDefault = true, cacheSeconds = 60, staleSeconds = 3_600 } = options
  const slug = ownName("o")
  const layer = await faultLayer(mount.server.plainAddress, {
    root: mount.root,
    ...(authority && { tls: authority.issue() }),
  })
  const clock = { now: Date.now() }
  const own = (house: House): Process => {
    const { instanceId } = house
    const separate = { ...house, readCache: openReadCache({ instanceId, now: () => clock.now, random: () => 0 }) }
    return { house: separate, core: openCore(separate) }
  }
  const { house, core } = own(inner.house)
  const organization = await inner.organization(slug)
  const admin = await inner.person(organization, { role: "admin", at: slug, name: "Ada" })
  const machine = await inner.machine(organization, { at: slug, grants: [{ at: slug }] })
  const canaries: Canary[] = []
  const newToken = async (): Promise<string> => {
    const { token } = await mount.root.createToken({ policies: [mount.mount], ttl: "1h" })
    canaries.push({ planted: "the provider's token", value: token, needle: token })
    return token
  }
  const credentialOf = async (): Promise<{ settings: Record<string, string>; credential: Record<string, string> }> => {
    if (auth === "token") return { settings: {}, credential: { token: await newToken() } }
    const { roleId, secretId } = await mount.root.appRole(mount.mount, slug, {
      policies: [mount.mount],
      tokenTtl: "1h",
      tokenMaxTtl: "8h",
    })
    canaries.push({ planted: "the provider's secret id", value: secretId, needle: secretId })
    return { settings: { authMethod: "approle", authMount: mount.mount, roleId }, credential: { secretId } }
  }
  const register = async (
    name: string,
    prefix: string,
    signIn: Awaited<ReturnType<typeof credentialOf>>,
    makeDefault: boolean,
  ): Promise<string> => {
    const ca = authority === undefined ? {} : { ca: authority.certificate }
    const settings = { address: layer.address, mount: mount.mount, prefix, ...ca, ...signIn.settings }
    const typed = { scope: slug, kind: "vault" as const, name, settings, credential: signIn.credential }
    const check = await call("checkProvider", typed)
    if (check.report?.passed !== true) throw new Error(`The check didn't pass: ${JSON.stringify(check.lines)}`)
    const consents = check.report.needsConsent
    const times = { cacheSeconds, staleSeconds }
    const { id } = await call("registerProvider", { ...typed, check: check.id, consents, makeDefault, ...times })
    if (id === null) throw new Error("A registered provider has an id.")
    return id
  }
  const call: Scene["call"] = (name, input) => core.callAs(name, admin, input, aRequest())
  const id = await register(providerName, slug, await credentialOf(), isDefault)
  layer.forget()
  const opened: (() => Promise<void>)[] = []
  return {
    stage,
    house,
    core,
    organization,
    admin,
    machine,
    layer,
    providerId: id,
    prefix: slug,
    kv: mount.kv,
    clock,
    canaries,
    value: (planted) => {
      const canary = makeCanary(planted)
      canaries.push(canary)
      return canary.value
    },
    call,
    read: (name, input) => core.call(name, { kind: "bearer", token: machine.token }, input, aRequest()),
    another: async () => {
      const { keyring, database, publicUrl, identityProviders, production } = inner.house
      const egress = openEgress({ allow: [], own: [], loopback: true })
      const fresh = await openHouse({ keyring, database, publicUrl, identityProviders, production, egress })
      opened.push(async () => {
        await fresh.stores.close()
        await egress.close()
      })
      return own(fresh)
    },
    register: async (name, prefix) => register(name, prefix, await credentialOf(), false),
    replaceCredential: async () => {
      await call("replaceCredential", { scope: slug, provider: providerName, credential: { token: await newToken() } })
    },
    [Symbol.asyncDispose]: async () => {
      for (const close of opened) await close()
      await layer[Symbol.asyncDispose]()
    },
  }
}

/** Lets the leases of unfinished writes and of transfers run out, and makes what is unfinished old. */
export async function runOutLeases({ database }: House, organizationId: string): Promise<void> {
  await database.pool.query(
    `UPDATE "Operation" SET "leaseUntil" = now() - interval '1 second', "createdAt" = "createdAt" - interval '1 minute'
     WHERE "organizationId" = $1 AND "state" IN ('intended', 'applied', 'unknown')`,
    [organizationId],
  )
  await database.pool.query(
    `UPDATE "Transfer" SET "leaseUntil" = now() - interval '1 second' WHERE "organizationId" = $1 AND "leaseUntil" IS NOT NULL`,
    [organizationId],
  )
}
