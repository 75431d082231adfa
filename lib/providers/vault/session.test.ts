import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { poll } from "../../process/poll.ts"
import { expose, Secret } from "../../secret.ts"
import { aKvV2Store, type TestVaultStore } from "../../testing/a-vault-store.ts"
import { type FaultLayer, faultLayer, tokenHash } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import { jwtIssuer } from "../../testing/jwt-issuer.ts"
import type { KvV2, OpenBaoClient, TokenOptions } from "../../testing/openbao-client.ts"
import { oneSession, remoteHost } from "../../testing/remote-host.ts"
import { ownName } from "../../testing/shared-openbao.ts"
import { testCluster } from "../../testing/token-review.ts"
import type { BackendSession, SessionPort } from "../provider.ts"
import { openClient } from "./client.ts"
import { policyFor } from "./policy.ts"
import { openSession, type SignedIn } from "./session.ts"
import type { VaultSettings } from "./settings.ts"

/** A way to sign in, for a credential that may keep secrets in one mount. */
interface Way {
  settings: Partial<VaultSettings>
  credential: Record<string, string>
}

interface Person extends AsyncDisposable {
  signedIn: SignedIn
  sessions: SessionPort
  layer: FaultLayer
  root: OpenBaoClient
  /** Our clock is ahead by this much from now on. */
  pass: (seconds: number) => void
  /** One request that this credential may do. */
  use: () => Promise<unknown>
}

async function signedInBy(way: (at: TestVaultStore<KvV2>, policy: string) => Promise<Way>): Promise<Person> {
  const at = await aKvV2Store()
  const layer = await faultLayer(at.server.plainAddress, { root: at.server.root })
  const policy = ownName("policy")
  const { mount, prefix } = at.settings
  await at.root.writePolicy(policy, policyFor({ mount, prefix, kvVersion: 2, hasPatch: true }))
  const { settings: wanted, credential } = await way(at, policy)
  let ahead = 0
  const sessions = oneSession()
  const host = remoteHost(credential, { sessions, now: () => new Date(Date.now() + ahead) })
  const settings = { ...at.settings, ...wanted, address: layer.address }
  const signedIn = openSession(settings, openClient(settings, host), host)
  return {
    signedIn,
    sessions,
    layer,
    root: at.root,
    pass: (seconds) => (ahead += seconds * 1000),
    use: () => signedIn.ask({ method: "GET", path: [mount, "metadata", ...prefix.split("/"), "x"], accept: [404] }),
    [Symbol.asyncDispose]: async () => {
      await layer[Symbol.asyncDispose]()
      await at[Symbol.asyncDispose]()
    },
  }
}

const byToken =
  (options: TokenOptions = {}) =>
  async ({ root }: TestVaultStore<KvV2>, policy: string): Promise<Way> => {
    const { token } = await root.createToken({ policies: [policy], noDefaultPolicy: true, orphan: true, ...options })
    return { settings: { authMethod: "token" }, credential: { token } }
  }

const byAppRole =
  (options: { tokenTtl?: string; tokenMaxTtl?: string; tokenNumUses?: number; secretIdNumUses?: number } = {}) =>
  async ({ root }: TestVaultStore<KvV2>, policy: string): Promise<Way> => {
    const [authMount, role] = [ownName("approle"), ownName("role")]
    await root.enableAuth(authMount, "approle")
    const { roleId, secretId } = await root.appRole(authMount, role, { policies: [policy], ...options })
    return { settings: { authMethod: "approle", authMount, roleId }, credential: { secretId } }
  }

const byJwt =
  (seconds: number, lifetimes: { tokenTtl?: string; tokenMaxTtl?: string } = {}) =>
  async ({ root }: TestVaultStore<KvV2>, policy: string): Promise<Way> => {
    const issuer = await jwtIssuer("https://ci.example")
    const [authMount, role] = [ownName("jwt"), ownName("role")]
    await root.enableAuth(authMount, "jwt")
    await root.configureJwt(authMount, issuer)
    await root.jwtRole(authMount, role, { policies: [policy], audience: "strongroom", ...lifetimes })
    const jwt = await issuer.sign({ subject: "deploy", audience: "strongroom", seconds })
    return { settings: { authMethod: "jwt", authMount, role }, credential: { jwt } }
  }

const byKubernetes =
  (lifetimes: { tokenTtl?: string; tokenMaxTtl?: string } = {}) =>
  async ({ root }: TestVaultStore<KvV2>, policy: string): Promise<Way> => {
    const cluster = await testCluster()
    const [authMount, role] = [ownName("kubernetes"), ownName("role")]
    await root.enableAuth(authMount, "kubernetes")
    await root.configureKubernetes(authMount, cluster)
    const who = { policies: [policy], serviceAccount: "strongroom", namespace: "payments" }
    await root.kubernetesRole(authMount, role, { ...who, ...lifetimes })
    const jwt = await cluster.podToken({ namespace: "payments", name: "strongroom" })
    return { settings: { authMethod: "kubernetes", authMount, role }, credential: { jwt } }
  }

const signIns = (layer: FaultLayer): number => layer.calls({ method: "POST", path: /\/login$/ }).length
const renewals = (layer: FaultLayer): number => layer.calls({ path: /renew-self/ }).length
const textOf = ({ token }: BackendSession): string => Buffer.from(expose(token)).toString()

/** Several tests wait at once, which `expect.poll` isn't made for. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  if (!(await poll(isSo, { forMs: 30_000, everyMs: 50 }))) throw new Error("It didn't come to that.")
}

/** Both clocks go on: ours by hand, the server's until it has forgotten the token. */
function untilForgotten(root: OpenBaoClient, session: BackendSession): Promise<void> {
  return until(async () => (await root.lookUpToken(textOf(session))) === undefined)
}

const ways = [
  ["a token", byToken({ ttl: "4s" })],
  ["AppRole", byAppRole({ tokenTtl: "4s" })],
  ["Kubernetes", byKubernetes({ tokenTtl: "4s" })],
  ["JWT", byJwt(600, { tokenTtl: "4s" })],
] as const

describe.concurrent.each(ways)("signed in by %s", (name, way) => {
  it("signs in once for many requests, and knows when that ends", async () => {
    await using person = await signedInBy(way)
    await person.use()
    const session = await person.signedIn.session()
    for (let each = 0; each < 5; each++) await person.use()
    expect(await person.signedIn.session()).toBe(session)
    expect(signIns(person.layer)).toBe(name === "a token" ? 0 : 1)
    expect(session).toMatchObject({ canBeRenewed: true, accessor: expect.any(String) })
    const known = await person.root.lookUpAccessor(session.accessor ?? "")
    const end = Date.parse(known?.expire_time ?? "")
    expect(Math.abs((session.expiresAt?.getTime() ?? 0) - end)).toBeLessThan(3000)
    const life = (session.expiresAt?.getTime() ?? 0) - Date.now()
    expect((session.renewAt?.getTime() ?? 0) - Date.now()).toBeLessThan(life * 0.8)
  })

  it("renews at two thirds of its life, and lives on past its first end", async () => {
    await using person = await signedInBy(way)
    const first = await person.signedIn.session()
    const end = (first.expiresAt?.getTime() ?? 0) + 1000
    await until(async () => (await person.use()) !== undefined && Date.now() > end)
    const later = await person.signedIn.session()
    expect(textOf(later)).toBe(textOf(first))
    expect(later.expiresAt?.getTime()).toBeGreaterThan(first.expiresAt?.getTime() ?? 0)
    expect(renewals(person.layer)).toBeGreaterThan(0)
    expect(signIns(person.layer)).toBe(name === "a token" ? 0 : 1)
  })

  it(name === "a token" ? "says that it ended, once it did" : "signs in again once it ended", async () => {
    await using person = await signedInBy(way)
    const first = await person.signedIn.session()
    await untilForgotten(person.root, first)
    if (name === "a token") {
      await expect(person.use()).rejects.toMatchObject({ name: "ProviderError", class: "unauthenticated" })
      return
    }
    await person.use()
    expect(textOf(await person.signedIn.session())).not.toBe(textOf(first))
    expect(signIns(person.layer)).toBe(2)
  })
})

describe("a session at Vault", () => {
  it("that was revoked is replaced once, and the request goes through", async () => {
    await using person = await signedInBy(byAppRole())
    const first = await person.signedIn.session()
    await person.root.revokeToken(textOf(first))
    await person.use()
    expect(signIns(person.layer)).toBe(2)
    expect(textOf(await person.signedIn.session())).not.toBe(textOf(first))
  })

  it("of a token that was revoked can't be replaced: the credential is refused", async () => {
    await using person = await signedInBy(byToken())
    await person.root.revokeToken(textOf(await person.signedIn.session()))
    await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
  })

  it("isn't replaced when its policy forbids something: that is permission denied, with what is needed", async () => {
    await using person = await signedInBy(byAppRole())
    const forbidden = person.signedIn.ask({
      method: "POST",
      path: ["sys", "policies", "acl", "x"],
      body: { policy: "" },
    })
    await expect(forbidden).rejects.toMatchObject({
      class: "permission_denied",
      message: expect.stringContaining('"sys/policies/acl/x"'),
    })
    expect(signIns(person.layer)).toBe(1)
  })

  it("ends for good at its longest life, and another one takes over before that", async () => {
    await using person = await signedInBy(byAppRole({ tokenTtl: "4s", tokenMaxTtl: "6s" }))
    const first = await person.signedIn.session()
    await expect
      .poll(async () => (await person.use()) !== undefined && textOf(await person.signedIn.session()), {
        timeout: 30_000,
        interval: 100,
      })
      .not.toBe(textOf(first))
    expect(await person.root.lookUpToken(textOf(first))).toBeDefined()
    // No request was refused on the way, so nothing was replaced in need.
    expect(person.layer.calls({ path: /lookup-self/ })).toEqual([])
  })

  it("that can't be renewed is used until it ends", async () => {
    await using person = await signedInBy(byToken({ ttl: "60s", renewable: false }))
    const first = await person.signedIn.session()
    expect(first.canBeRenewed).toBe(false)
    person.pass(50)
    await person.use()
    expect(renewals(person.layer)).toBe(0)
    expect((await person.signedIn.session()).expiresAt).toEqual(first.expiresAt)
  })

  it("lives on when what it was signed in with ended, and says so when it ends itself", async () => {
    await using person = await signedInBy(byJwt(6, { tokenTtl: "12s", tokenMaxTtl: "12s" }))
    const first = await person.signedIn.session()
    // Past the JWT's end and two thirds of the token's life: neither renewal nor sign-in gains anything.
    person.pass(9)
    await expect.poll(async () => (await person.use()) !== undefined && renewals(person.layer) > 0).toBe(true)
    expect(textOf(await person.signedIn.session())).toBe(textOf(first))
  })

  it.each([
    ["AppRole", byAppRole({ tokenTtl: "60s" })],
    ["a token", byToken({ ttl: "60s" })],
  ] as const)("of %s is used on while Vault can't renew it, and renewed when it can again", async (_, way) => {
    await using person = await signedInBy(way)
    const first = await person.signedIn.session()
    person.pass(45)
    await person.layer.play(faults.internalError, { method: "POST" })
    await person.use()
    expect(textOf(await person.signedIn.session())).toBe(textOf(first))
    await person.layer.clear()
    person.pass(10)
    await person.use()
    expect((await person.signedIn.session()).expiresAt?.getTime()).toBeGreaterThan(first.expiresAt?.getTime() ?? 0)
  })

  it("that Vault refuses isn't asked for again and again: some servers lock an account", async () => {
    await using person = await signedInBy(async (at, policy) => {
      const way = await byAppRole()(at, policy)
      return { ...way, credential: { secretId: "wrong" } }
    })
    for (let each = 0; each < 10; each++) await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
    expect(signIns(person.layer)).toBe(1)
    person.pass(31)
    await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
    person.pass(31)
    await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
    expect(signIns(person.layer)).toBe(2)
  })

  it("is made once for all who need it at the same moment", async () => {
    await using person = await signedInBy(byAppRole())
    await person.use()
    await person.root.revokeToken(textOf(await person.signedIn.session()))
    await Promise.all(Array.from({ length: 10 }, person.use))
    expect(signIns(person.layer)).toBe(2)
  })

  it("takes a credential that was pasted with white space around it", async () => {
    await using person = await signedInBy(async (at, policy) => {
      const { settings, credential } = await byToken()(at, policy)
      return { settings, credential: { token: `  ${credential.token ?? ""}\n` } }
    })
    await person.use()
  })

  it("has neither token nor credential in any error, whatever goes wrong", async () => {
    await using person = await signedInBy(byAppRole())
    const { token } = await person.signedIn.session()
    const secretId = "canary-secret-id"
    const told: string[] = []
    for (const fault of [
      faults.resetAfter,
      faults.html(200),
      faults.internalError,
      faults.sealed,
      faults.throttled,
      faults.truncated,
      faults.redirected,
    ]) {
      await person.layer.play(fault)
      const error: unknown = await person.use().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: "ProviderError" })
      told.push(String(error), JSON.stringify(error), inspect(error, { depth: 9, showHidden: true }))
    }
    expect(told.join()).not.toContain(Buffer.from(expose(token)).toString())
    expect(told.join()).not.toContain(secretId)
    expect(person.layer.elsewhere.connections()).toBe(0)
  })

  it("is never one that another process has replaced already", async () => {
    await using person = await signedInBy(byAppRole())
    const first = await person.signedIn.session()
    const { token: other } = await person.root.createToken({ policies: ["root"] })
    const theirs = { ...first, token: Secret.fromText(other) }
    await person.sessions.replace(first, async () => theirs)
    await person.use()
    expect(person.layer.calls().at(-1)?.tokenHash).toBe(tokenHash(other))
    expect(signIns(person.layer)).toBe(1)
  })
})

describe("signing in", () => {
  it("with a role id that is wrong, or at a mount that isn't there, is refused", async () => {
    for (const wrong of [{ roleId: "wrong" }, { authMount: "no-such-mount" }]) {
      await using person = await signedInBy(async (at, policy) => {
        const way = await byAppRole()(at, policy)
        return { ...way, settings: { ...way.settings, ...wrong } }
      })
      const message = expect.stringContaining(wrong.authMount === undefined ? "role id" : 'at "auth/no-such-mount"')
      await expect(person.use()).rejects.toMatchObject({ name: "ProviderError", class: "unauthenticated", message })
    }
  })

  it("with a JWT that expired, or for another audience, is refused", async () => {
    await using person = await signedInBy(byJwt(-3600))
    await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
  })

  it("without a credential says that it is missing", async () => {
    await using person = await signedInBy(async () => ({ settings: {}, credential: {} }))
    await expect(person.use()).rejects.toMatchObject({ class: "unauthenticated" })
    expect(person.layer.calls()).toEqual([])
  })

  it("while Vault is sealed is no refusal of the credential", async () => {
    await using person = await signedInBy(byAppRole())
    await person.layer.play(faults.sealed)
    await expect(person.use()).rejects.toMatchObject({ class: "sealed" })
    await person.layer.clear()
    await person.use()
  })
})
