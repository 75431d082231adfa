import { describe, expect, it } from "vitest"
import { guarded } from "../../core/providers/guarded-fetch.ts"
import { type Egress, openEgress } from "../../net/egress.ts"
import { aCertificateAuthority } from "../../testing/certificates.ts"
import { faultLayer } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import { jwtIssuer } from "../../testing/jwt-issuer.ts"
import type { OpenBaoClient, TokenOptions } from "../../testing/openbao-client.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import { startOpenBao, startSealableOpenBao } from "../../testing/servers.ts"
import { aKvV1Mount, aKvV2Mount, ownName, sharedOpenBao } from "../../testing/shared-openbao.ts"
import type { CheckLine, CheckResult, GuardedFetch } from "../provider.ts"
import { check } from "./check.ts"
import { type Capability, type PolicyRule, policyFor, rulesFor } from "./policy.ts"
import { settingsOf, type VaultSettings } from "./settings.ts"

interface Checked {
  result: CheckResult
  lines: CheckLine[]
  line(id: string): CheckLine
  /** Ids of the lines in this state. */
  ids(state: CheckLine["state"]): string[]
}

interface Surroundings {
  egress?: Egress
  now?: () => Date
  /** What the server answers at a path instead of its own words, added to what it says. */
  answers?: Record<string, object>
}

type Given = Partial<Omit<VaultSettings, "address">> & { address: string }

async function checked(
  given: Given,
  credential: Record<string, string>,
  { egress, now = () => new Date(), answers = {} }: Surroundings = {},
): Promise<Checked> {
  const ofOthers = (): never => expect.unreachable("A check takes no session of others, and makes none for them.")
  const host = remoteHost(credential, {
    now,
    fetch: changed(egress === undefined ? remoteHost({}).fetch : guarded(egress.fetch), answers),
    sessions: { current: ofOthers, replace: ofOthers },
  })
  const lines: CheckLine[] = []
  const settings = settingsOf("vault").parse({ mount: "secret", ...given })
  const result = await check(settings, host, (line) => lines.push(line))
  const line = (id: string): CheckLine => {
    const found = lines.filter((one) => one.id === id)
    expect(found.map((one) => one.id)).toEqual([id]) // told once
    return found[0] ?? expect.unreachable(id)
  }
  return { result, lines, line, ids: (state) => lines.filter((one) => one.state === state).map(({ id }) => id) }
}

/** A real server's answers with some of their words changed, for states that this server can't be brought into. */
function changed(fetch: GuardedFetch, answers: Record<string, object>): GuardedFetch {
  return async (request) => {
    const answer = await fetch(request)
    const change = answers[request.url.pathname.replace("/v1/", "")]
    if (change === undefined) return answer
    const body = { ...(JSON.parse(new TextDecoder().decode(answer.body)) as object), ...change } // the server's JSON
    return { ...answer, body: new TextEncoder().encode(JSON.stringify(body)) }
  }
}

interface Place {
  address: string
  mount: string
  namespace: string | undefined
  root: OpenBaoClient
}

const prefix = "acme/payments"

/** Settings for a mount, with the prefix that these tests' policies are for. */
function at({ address, mount, namespace }: Omit<Place, "root">): Given {
  return { address, mount, prefix, ...(namespace !== undefined && { namespace }) }
}

async function tokenWith(root: OpenBaoClient, policy: string, options: TokenOptions = {}): Promise<string> {
  const name = ownName("policy")
  await root.writePolicy(name, policy)
  const periodic = { orphan: true, noDefaultPolicy: true, period: "768h", renewable: true }
  return (await root.createToken({ policies: [name], ...periodic, ...options })).token
}

function wholePolicy(mount: string, kvVersion: 1 | 2 = 2): string {
  return policyFor({ mount, prefix, kvVersion, hasPatch: true })
}

function hcl(rules: readonly Pick<PolicyRule, "path" | "capabilities">[]): string {
  return rules
    .map(({ path, capabilities }) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
    .join("\n")
}

describe("a good credential", () => {
  it("passes on KV v2 with the very policy that the check pastes", async () => {
    await using place = await aKvV2Mount()
    const token = await tokenWith(place.root, wholePolicy(place.mount))
    const { result, line, ids } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(ids("failed")).toEqual([])
    expect(ids("warning")).toEqual(["tls", "storage"]) // plain HTTP, and a dev server
    expect(ids("skipped")).toEqual([])
    expect(result).toMatchObject({ status: "up", passed: true, canWrite: true, canBeRenewed: true })
    expect(result.settings).toMatchObject({ kvVersion: 2, maxVersions: 10, deleteVersionAfter: null })
    expect(result.serverVersion).toMatch(/^\d+\.\d+\.\d+/)
    expect(result.clusterId).toMatch(/^[0-9a-f-]{36}$/)
    expect(result.latencyMs).toBeGreaterThan(0)
    expect(Math.abs(result.clockSkewMs ?? Number.NaN)).toBeLessThan(5000)
    expect(result.needsConsent).toEqual(["plain_http", "development_server"])
    expect(line("privilege").state).toBe("passed")
    expect(line("storage").mend).toContain("https://developer.hashicorp.com/vault/docs/concepts/production-hardening")
  })

  it("passes on KV v1, which is told to keep no earlier versions", async () => {
    await using place = await aKvV1Mount()
    const token = await tokenWith(place.root, wholePolicy(place.mount, 1))
    const { result, line, ids } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(ids("failed")).toEqual([])
    expect(line("engine")).toMatchObject({ state: "warning", text: expect.stringContaining("no earlier versions") })
    expect(result).toMatchObject({ passed: true, canWrite: true, settings: { kvVersion: 1, maxVersions: null } })
    expect(line("privilege").state).toBe("passed")
  })

  it("passes in a namespace", async () => {
    await using place = await aKvV2Mount({ inNamespace: true })
    const token = await tokenWith(place.root, wholePolicy(place.mount))
    const { result, ids } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(ids("failed")).toEqual([])
    expect(result).toMatchObject({ passed: true, canWrite: true })
  })

  it("passes for the whole of a mount, when the prefix is empty", async () => {
    await using place = await aKvV2Mount()
    const token = await tokenWith(
      place.root,
      policyFor({ mount: place.mount, prefix: "", kvVersion: 2, hasPatch: true }),
    )
    const { result, line } = await checked({ address: place.server.address, mount: place.mount }, { token })
    expect(result.passed).toBe(true)
    expect(line("privilege").state).toBe("passed")
  })

  it("shows how many versions the engine keeps, and warns when it deletes them by itself", async () => {
    await using place = await aKvV2Mount()
    await place.kv.configure({ max_versions: 3, delete_version_after: "720h", cas_required: true })
    const token = await tokenWith(place.root, wholePolicy(place.mount))
    const { result, line } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(result.settings).toMatchObject({ maxVersions: 3, deleteVersionAfter: "720h0m0s" })
    expect(line("engine.limits")).toMatchObject({ state: "warning", text: expect.stringContaining("720h0m0s") })
    expect(settingsOf("vault").parse(result.settings)).toEqual(result.settings)
  })
})

describe("too weak a credential", () => {
  // Each capability of the policy, left out by itself, and the lines that then say so.
  const saidBy: [path: string, capability: Capability, line: string, state: CheckLine["state"]][] = [
    ["data", "read", "capability.read", "failed"],
    ["data", "create", "capability.write", "failed"],
    ["data", "update", "capability.write", "failed"],
    ["data", "patch", "capability.patch", "warning"],
    ["metadata", "read", "capability.metadata.read", "failed"],
    ["metadata", "create", "capability.metadata.write", "failed"],
    ["metadata", "update", "capability.metadata.write", "failed"],
    ["metadata", "patch", "capability.metadata.patch", "warning"],
    ["metadata", "delete", "capability.metadata.delete", "failed"],
    ["metadata", "list", "capability.list", "failed"],
    ["delete", "update", "capability.delete", "failed"],
    ["undelete", "update", "capability.undelete", "failed"],
    ["destroy", "update", "capability.destroy", "failed"],
    ["subkeys", "read", "capability.subkeys", "warning"],
    ["auth/token/lookup-self", "read", "signed_in", "failed"],
    ["auth/token/renew-self", "update", "capability.renew_self", "warning"],
    ["auth/token/revoke-self", "update", "capability.revoke_self", "warning"],
    ["sys/capabilities-self", "update", "capabilities", "failed"],
  ]

  it("is told for each capability by itself, and the policy that is pasted mends it", async () => {
    await using place = await aKvV2Mount()
    const settings = at({ ...place, address: place.server.address })
    const whole = rulesFor({ mount: place.mount, prefix, kvVersion: 2, hasPatch: true })
    for (const [path, capability, id, state] of saidBy) {
      const isThis = (rule: PolicyRule): boolean =>
        rule.path === path || rule.path === `${place.mount}/${path}/${prefix}/*`
      const weak = whole.map((rule) =>
        isThis(rule) ? { ...rule, capabilities: rule.capabilities.filter((one) => one !== capability) } : rule,
      )
      const name = ownName("weak")
      await place.root.writePolicy(name, hcl(weak.filter((rule) => rule.capabilities.length > 0)))
      const { token } = await place.root.createToken({
        policies: [name],
        noDefaultPolicy: true,
        orphan: true,
        period: "1h",
      })
      const { result, line } = await checked(settings, { token })
      const told = line(id)
      expect({ id, state: told.state }).toEqual({ id, state })
      expect(`${told.text} ${told.mend ?? ""}`).toContain(`"${capability}"`)
      expect(told.mend).not.toBeNull()
      expect(result.passed).toBe(state !== "failed")
      if (state === "failed") expect(result.status).toBe("forbidden")
      await place.root.writePolicy(name, told.paste ?? expect.unreachable(id))
      const mended = await checked(settings, { token })
      expect(mended.ids("failed")).toEqual([])
      expect(mended.result).toMatchObject({ status: "up", passed: true, canWrite: true })
    }
    expect(saidBy.map(([path, capability]) => `${path} ${capability}`).sort()).toEqual(
      whole
        .filter(({ path }) => path.endsWith("/*") || path.endsWith("-self"))
        .flatMap(({ path, capabilities }) =>
          capabilities.map((one) => `${path.endsWith("/*") ? path.split("/")[1] : path} ${one}`),
        )
        .sort(),
    )
  })

  it("is told on KV v1 too", async () => {
    await using place = await aKvV1Mount()
    const [first, ...rest] = rulesFor({ mount: place.mount, prefix, kvVersion: 1, hasPatch: true })
    const lines = { read: "read", create: "write", update: "write", delete: "delete", list: "list" } as const
    for (const [capability, id] of Object.entries(lines)) {
      const weak = {
        path: first?.path ?? "",
        capabilities: first?.capabilities.filter((one) => one !== capability) ?? [],
      }
      const token = await tokenWith(place.root, hcl([weak, ...rest]))
      const { result, line } = await checked(at({ ...place, address: place.server.address }), { token })
      expect(line(`capability.${id}`)).toMatchObject({
        state: "failed",
        text: expect.stringContaining(`"${capability}"`),
      })
      expect(result.status).toBe("forbidden")
    }
  })

  it("is enough for reading when it only reads", async () => {
    await using place = await aKvV2Mount()
    const token = await tokenWith(
      place.root,
      hcl([
        { path: `${place.mount}/data/${prefix}/*`, capabilities: ["read"] },
        { path: `${place.mount}/metadata/${prefix}/*`, capabilities: ["read", "list"] },
      ]),
      { noDefaultPolicy: false },
    )
    const { result, line, ids } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(result).toMatchObject({ status: "up", passed: true, canWrite: false })
    expect(line("read_only").state).toBe("warning")
    expect(ids("failed")).toEqual([])
    expect(ids("skipped")).toContain("capability.write")
  })

  it("is told when it reaches nothing in the mount, or there is no such mount", async () => {
    const { address, root } = await sharedOpenBao()
    const nothing = await tokenWith(root, 'path "sys/capabilities-self" { capabilities = ["update"] }', {
      noDefaultPolicy: false,
    })
    const { result, line } = await checked({ address, mount: "nowhere" }, { token: nothing })
    expect(result.status).toBe("forbidden")
    expect(line("engine")).toMatchObject({ state: "failed", text: expect.stringMatching(/no mount "nowhere", or/) })
    expect(line("engine").paste).toContain('path "nowhere/data/*"')
    expect(line("capabilities").state).toBe("skipped")
  })
})

describe("too strong a credential", () => {
  it("is named when it is root", async () => {
    const { address, rootToken } = await sharedOpenBao()
    const { result, line, lines } = await checked({ address, prefix }, { token: rootToken })
    expect(line("root_token")).toMatchObject({
      state: "warning",
      mend: expect.stringContaining("production-hardening"),
    })
    expect(result).toMatchObject({ passed: true, canWrite: true })
    expect(result.needsConsent).toContain("root_token")
    expect(JSON.stringify(lines)).not.toContain(rootToken)
  })

  const tooMuch: [id: string, rule: (mount: string) => string][] = [
    ["privilege.policies", () => 'path "sys/policies/acl/*" { capabilities = ["create", "update"] }'],
    ["privilege.tokens", () => 'path "auth/token/create" { capabilities = ["update"] }'],
    ["privilege.mounts", () => 'path "sys/mounts/*" { capabilities = ["create"] }'],
    ["privilege.system", () => 'path "sys/auth/*" { capabilities = ["create"] }'],
    ["privilege.sudo", (mount) => `path "${mount}/undelete/*" { capabilities = ["update", "sudo"] }`],
    ["privilege.other_mounts", () => 'path "+/data/acme/payments/*" { capabilities = ["read"] }'],
    ["privilege.other_mounts", () => 'path "secret/*" { capabilities = ["read"] }'],
    ["privilege.other_prefixes", (mount) => `path "${mount}/metadata/*" { capabilities = ["list"] }`],
    ["privilege.other_prefixes", (mount) => `path "${mount}/data/acme/*" { capabilities = ["read"] }`],
    ["privilege.similar_prefixes", (mount) => `path "${mount}/data/acme/payments*" { capabilities = ["read"] }`],
  ]

  it.each(tooMuch)("is named: %s", async (id, rule) => {
    await using place = await aKvV2Mount()
    const policy = wholePolicy(place.mount).replace(new RegExp(`path "${place.mount}/undelete/[^}]*}`), "")
    const undelete = hcl([{ path: `${place.mount}/undelete/${prefix}/*`, capabilities: ["update"] }])
    const extra = rule(place.mount)
    const token = await tokenWith(place.root, `${policy}\n${extra.includes("undelete") ? "" : undelete}\n${extra}`)
    const { result, line, lines } = await checked(at({ ...place, address: place.server.address }), { token })
    expect(line(id)).toMatchObject({ state: "warning", mend: expect.stringContaining("policy below") })
    expect(lines.map((one) => one.id)).not.toContain("privilege")
    expect(result).toMatchObject({ status: "up", passed: true, canWrite: true })
  })
})

describe("whose the token is", () => {
  it("names a person's own, which ends with the person's sign-in", async () => {
    const { address, root } = await sharedOpenBao()
    const mount = ownName("userpass")
    await root.must("POST", `sys/auth/${mount}`, { type: "userpass" })
    await root.must("POST", `auth/${mount}/users/alice`, { password: "correct horse", token_ttl: "8h" })
    const { body } = await root.as(undefined).must("POST", `auth/${mount}/login/alice`, { password: "correct horse" })
    const { client_token } = body.auth as { client_token: string } // as the server documents it
    const { result, line } = await checked({ address }, { token: client_token })
    expect(line("personal_token").text).toMatch(/^This token is alice's own and ends in [78] h\.$/)
    expect(line("personal_token").mend).toContain("AppRole")
    expect(result.needsConsent).toContain("personal_token")
    await root.disableAuth(mount)
  })

  // As Vault describes the tokens of these methods, which need somebody else's server to sign in at.
  it.each([
    ["auth/oidc/oidc/callback", "oidc-alice@example.com", "alice@example.com"],
    ["auth/ldap/login/alice", "ldap-alice", "alice"],
    ["auth/github/login", "github-alice", "alice"],
    ["auth/corporate/login/alice", "corporate-alice", "corporate-alice"],
    ["auth/token/create", "token-alice@example.com", "alice@example.com"],
    ["auth/approle/login", "approle", undefined],
    ["auth/token/create-orphan", "token-payments", undefined],
  ])("takes a token of %s called %s for a person's only if it is", async (path, display_name, person) => {
    const { address, root } = await sharedOpenBao()
    const { token } = await root.createToken({ policies: ["default"], orphan: true })
    const answers = { "auth/token/lookup-self": { data: { path, display_name, expire_time: null, orphan: true } } }
    const { lines } = await checked({ address }, { token }, { answers })
    const said = lines.find(({ id }) => id === "personal_token")?.text
    expect(said).toEqual(person === undefined ? undefined : `This token is ${person}'s own.`)
  })

  it("warns of one that ends, that has a parent, or that counts its uses", async () => {
    const { address, root } = await sharedOpenBao()
    const ending = await root.createToken({ policies: ["default"], ttl: "2h", renewable: false })
    const first = await checked({ address }, { token: ending.token })
    expect(first.line("expiry")).toMatchObject({ state: "warning", text: expect.stringContaining("can't be renewed") })
    expect(first.line("orphan").state).toBe("warning")
    expect(first.result).toMatchObject({ canBeRenewed: false, expiresAt: expect.any(Date) })
    const counted = await root.createToken({ policies: ["default"], numUses: 9, orphan: true })
    const second = await checked({ address }, { token: counted.token })
    expect(second.line("uses")).toMatchObject({ state: "failed" })
    expect(second.line("expiry").text).toContain("up to the server's limit")
  })

  it("signs in with AppRole once, uses no session of others, and gives its token back", async () => {
    await using place = await aKvV2Mount()
    const auth = ownName("approle")
    await place.root.enableAuth(auth, "approle")
    const policy = ownName("policy")
    await place.root.writePolicy(policy, wholePolicy(place.mount))
    const role = await place.root.appRole(auth, "payments", { policies: [policy], tokenTtl: "1h" })
    await using layer = await faultLayer(place.server.plainAddress)
    const given = { ...at({ ...place, address: layer.address }), authMethod: "approle", authMount: auth } as const
    const good = await checked({ ...given, roleId: role.roleId }, { secretId: role.secretId })
    expect(good.result).toMatchObject({ status: "up", passed: true, canWrite: true, expiresAt: null })
    expect(good.line("signed_in").text).toContain('role "payments"')
    const accessor = /accessor (\S+)\.$/.exec(good.line("signed_in").text)?.[1] ?? ""
    expect(accessor).not.toBe("")
    expect(await place.root.lookUpAccessor(accessor)).toBeUndefined()
    const bad = await checked({ ...given, roleId: role.roleId }, { secretId: "00000000-0000-0000-0000-000000000000" })
    expect(bad.result).toMatchObject({ status: "unauthenticated", passed: false })
    expect(bad.line("signed_in").mend).toContain(`auth/${auth}`)
    // Each once: some servers lock an account after a few that fail.
    expect(layer.calls({ path: /login/ })).toHaveLength(2)
    await place.root.disableAuth(auth)
  })

  it("says when a JWT ends, as nobody can sign in with it then", async () => {
    await using place = await aKvV2Mount()
    const auth = ownName("jwt")
    const issuer = await jwtIssuer("https://ci.example.com")
    const policy = ownName("policy")
    await place.root.writePolicy(policy, wholePolicy(place.mount))
    await place.root.enableAuth(auth, "jwt")
    await place.root.configureJwt(auth, issuer)
    await place.root.jwtRole(auth, "deploy", { policies: [policy], audience: "vault" })
    const jwt = await issuer.sign({ subject: "repo:acme", audience: "vault", seconds: 7500 })
    const given = { ...at({ ...place, address: place.server.address }), authMethod: "jwt", authMount: auth } as const
    const { result, line } = await checked({ ...given, role: "deploy" }, { jwt })
    expect(result).toMatchObject({ status: "up", passed: true })
    expect(line("expiry").text).toContain("in 2 h")
    await place.root.disableAuth(auth)
  })
})

describe("what else can be wrong", () => {
  it("tells an expired, a revoked and a mistyped token apart from one that may little", async () => {
    const { address, root } = await sharedOpenBao()
    const { token } = await root.createToken({ policies: ["default"] })
    await root.revokeToken(token)
    for (const wrong of [token, "s.000000000000000000000000", "hvs.mistyped"]) {
      const { result, line } = await checked({ address }, { token: wrong })
      expect(result).toMatchObject({ status: "unauthenticated", passed: false })
      expect(line("signed_in").state).toBe("failed")
      expect(line("engine").state).toBe("skipped")
    }
  })

  it("says so when the credential isn't there, and sends nothing for it", async () => {
    const { plainAddress } = await sharedOpenBao()
    await using layer = await faultLayer(plainAddress)
    for (const credential of [{}, { token: " " }]) {
      const { result, line } = await checked({ address: layer.address }, credential)
      expect(result.status).toBe("unauthenticated")
      expect(line("signed_in").text).toContain("enter it again")
    }
    expect(layer.calls({ path: /lookup-self/ })).toEqual([])
  })

  it("names a namespace that isn't there, and one that the token isn't of", async () => {
    await using place = await aKvV2Mount({ inNamespace: true })
    const token = await tokenWith(place.root, wholePolicy(place.mount))
    const { address } = place.server
    const wrong = await checked({ ...at({ ...place, address }), namespace: ownName("none") }, { token })
    expect(wrong.result.status).toBe("misconfigured")
    expect(wrong.line("signed_in").mend).toContain("namespace")
    const without = await checked({ ...at({ ...place, address }), namespace: "" }, { token })
    expect(without.result.status).toBe("forbidden")
    expect(without.line("engine").mend).toContain(`It is of the namespace "${place.namespace ?? ""}"`)
  })

  it("says what a mount is that isn't a KV engine, and where a mount ends and a folder begins", async () => {
    const { address, root, rootToken } = await sharedOpenBao()
    const mount = ownName("transit")
    await root.must("POST", `sys/mounts/${mount}`, { type: "transit" })
    const transit = await checked({ address, mount }, { token: rootToken })
    expect(transit.result.status).toBe("misconfigured")
    expect(transit.line("engine").text).toContain('engine "transit"')
    const folder = await checked({ address, mount: "secret/acme" }, { token: rootToken })
    expect(folder.line("engine").mend).toContain('Enter "secret" as the mount')
    const none = await checked({ address, mount: "nowhere" }, { token: rootToken })
    expect(none.line("engine")).toMatchObject({ text: 'There is no mount "nowhere".' })
    expect(none.result.status).toBe("misconfigured")
    await root.disableMount(mount)
  })

  it("tells sealed and uninitialized apart, and goes on by itself after the unseal", async () => {
    await using server = await startSealableOpenBao()
    await server.root.enableKv("kv", "2")
    const settings = { address: server.address, mount: "kv" }
    const up = await checked(settings, { token: server.rootToken })
    expect(up.result).toMatchObject({ status: "up", passed: true })
    expect(up.line("storage")).toMatchObject({ state: "passed", text: expect.stringContaining("raft") })
    expect(up.result.needsConsent).not.toContain("development_server")
    await server.seal()
    const sealed = await checked(settings, { token: server.rootToken })
    expect(sealed.result).toMatchObject({ status: "sealed", passed: false, clusterId: null })
    expect(sealed.line("seal")).toMatchObject({
      state: "failed",
      mend: expect.stringContaining("never takes unseal keys"),
    })
    expect(sealed.line("signed_in").state).toBe("skipped")
    await server.unseal()
    expect((await checked(settings, { token: server.rootToken })).result.status).toBe("up")
  })

  it.each([
    // As an OpenBao 2.7.2 that was never initialized says it.
    [{ initialized: false, sealed: true, standby: true, cluster_id: undefined }, "uninitialized", "operator init"],
    [{ replication_dr_mode: "secondary", standby: true }, "misconfigured", "primary cluster"],
    [{ removed_from_cluster: true }, "misconfigured", "load balancer"],
  ])("stops at a server that serves nobody: %j", async (health, status, mend) => {
    const { address, rootToken } = await sharedOpenBao()
    const { result, line } = await checked({ address }, { token: rootToken }, { answers: { "sys/health": health } })
    expect(result).toMatchObject({ status, passed: false, signedInAs: null })
    expect(line("seal")).toMatchObject({ state: "failed", mend: expect.stringContaining(mend) })
    expect(line("signed_in").state).toBe("skipped")
  })

  it("passes at a standby, which hands on what it is asked, and says so", async () => {
    const { address, rootToken } = await sharedOpenBao()
    for (const health of [{ standby: true }, { standby: true, performance_standby: true }]) {
      const { result, line } = await checked({ address }, { token: rootToken }, { answers: { "sys/health": health } })
      expect(result).toMatchObject({ status: "standby", passed: true, canWrite: true })
      expect(line("seal").state).toBe("warning")
    }
  })

  it("doesn't know Vault before 1.9 to take a policy with patch in it", async () => {
    await using place = await aKvV2Mount()
    const old = policyFor({ mount: place.mount, prefix, kvVersion: 2, hasPatch: false })
    const token = await tokenWith(place.root, old.replace('"delete", "list"', '"list"'))
    const answers = { "sys/health": { version: "1.8.12" } }
    const { line, lines } = await checked(at({ ...place, address: place.server.address }), { token }, { answers })
    expect(lines.map(({ id }) => id)).not.toContain("capability.patch")
    expect(line("capability.metadata.delete").paste).toBe(old)
  })

  it("keeps a hostile server's words to a name's length, on one line", async () => {
    const { address, rootToken } = await sharedOpenBao()
    const hostile = `<script>alert(1)</script>\r\n\u202e\u0000${"x".repeat(5000)}`
    const answers = { "sys/health": { version: hostile, cluster_name: hostile } }
    const { lines } = await checked({ address }, { token: rootToken }, { answers })
    for (const { text, mend } of lines) {
      expect(text.length).toBeLessThan(600)
      expect(`${text}${mend ?? ""}`).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })

  it("keeps of a server's words what a row can keep: whole characters, and not a hundred thousand names", async () => {
    const { address, rootToken } = await sharedOpenBao()
    const cluster = `${"x".repeat(99)}😀 and \ud800 more`
    const policies = Array.from({ length: 5_000 }, (_, index) => `policy-${index}`)
    const data = { display_name: cluster, policies, ttl: 0, expire_time: null, renewable: false, orphan: true }
    const answers = { "sys/health": { cluster_name: cluster }, "auth/token/lookup-self": { data } }
    const { lines, line } = await checked({ address }, { token: rootToken }, { answers })
    for (const { text, mend } of lines) expect(`${text}${mend ?? ""}`.isWellFormed()).toBe(true)
    expect(line("signed_in").text).toContain("and 4980 more")
    expect(line("signed_in").text.length).toBeLessThan(1_000)
  })

  it("reads certificates: one of an own authority, one that ends soon, a wrong authority, a wrong name", async () => {
    const authority = aCertificateAuthority("Acme CA")
    const soon = new Date(Date.now() + 5.5 * 86_400_000)
    await using server = await startOpenBao({ tls: authority.issue({ notAfter: soon }) })
    const good = await checked({ address: server.address, ca: authority.certificate }, { token: server.rootToken })
    expect(good.line("tls")).toMatchObject({ state: "warning", text: expect.stringContaining("Acme CA") })
    expect(good.line("tls.end").text).toContain("It ends in 5 d.")
    expect(good.result.needsConsent).toContain("own_authority")
    const wrong = await checked(
      { address: server.address, ca: aCertificateAuthority().certificate },
      { token: server.rootToken },
    )
    const unknown = await checked({ address: server.address }, { token: server.rootToken })
    await using named = await startOpenBao({ tls: authority.issue({ names: ["vault.example.com"] }) })
    const misnamed = await checked({ address: named.address, ca: authority.certificate }, { token: named.rootToken })
    for (const { result, line } of [wrong, unknown, misnamed]) {
      expect(result).toMatchObject({ status: "tls", passed: false })
      expect(line("reachable").state).toBe("passed")
      expect(line("tls").state).toBe("failed")
      expect(line("version").state).toBe("skipped")
    }
  })

  it("shows what the operator would add to reach a private address", async () => {
    const strict = openEgress({ allow: [], own: [], loopback: false })
    const { result, line } = await checked({ address: "http://10.1.2.3:8200" }, { token: "x" }, { egress: strict })
    expect(result.status).toBe("misconfigured")
    expect(line("reachable")).toMatchObject({ state: "failed", paste: expect.stringContaining("10.1.2.3") })
    expect(line("reachable").mend).toContain("STRONGROOM_EGRESS_ALLOW")
    await strict.close()
  })

  it("warns of a clock that is off", async () => {
    const { address, rootToken } = await sharedOpenBao()
    const now = (): Date => new Date(Date.now() - 60_000)
    const { result, line } = await checked({ address }, { token: rootToken }, { now })
    expect(line("clock")).toMatchObject({ state: "warning", text: "The server's clock is 60 s ahead of ours." })
    expect(result.passed).toBe(true)
    expect(Math.round((result.clockSkewMs ?? 0) / 1000)).toBe(60)
  })

  const ailments = [
    [faults.refused, "unreachable"],
    [faults.resetBefore, "unreachable"],
    [faults.hangBefore, "unreachable"],
    [faults.truncated, "misconfigured"],
    [faults.html(200), "misconfigured"],
    [faults.html(502), "unreachable"],
    [faults.throttled, "throttled"],
    [faults.internalError, "unreachable"],
    [faults.badGateway, "unreachable"],
    [faults.redirected, "standby"],
    [faults.tooBig(), "misconfigured"],
  ] as const

  it("never throws: whatever comes in place of an answer, at whichever request, is a line that failed", async () => {
    const { plainAddress, root } = await sharedOpenBao()
    await using layer = await faultLayer(plainAddress)
    const token = await tokenWith(root, policyFor({ mount: "secret", prefix, kvVersion: 2, hasPatch: true }))
    const asked = [/sys\/health/, /lookup-self/, /ui\/mounts/, /capabilities-self/, /secret\/config/]
    for (const [fault, status] of ailments) {
      // A closed port and a hung request are the same at every request.
      const paths = fault.name === "refused" || fault.name === "hang before" ? asked.slice(0, 1) : asked
      for (const path of paths) {
        await layer.play(fault, { path })
        const { result, ids } = await checked({ address: layer.address, prefix }, { token })
        const said = { fault: fault.name, path: path.source, status: result.status, passed: result.passed }
        if (path.source.includes("config") && result.passed) expect(ids("skipped")).toEqual(["engine.limits"])
        else {
          // That it isn't Vault's address can only be said of the first answer.
          const isLaterPage = fault.name === "html with 200" && !path.source.includes("health")
          const expected = isLaterPage ? "unreachable" : status
          expect(said).toEqual({ fault: fault.name, path: path.source, status: expected, passed: false })
          expect(ids("failed")).toHaveLength(1)
        }
        await layer.clear()
      }
    }
  })

  it("ends in time when the server hangs at every request", async () => {
    const { plainAddress, rootToken } = await sharedOpenBao()
    await using layer = await faultLayer(plainAddress)
    await layer.play(faults.delayed(2500))
    const started = performance.now()
    const { result, lines } = await checked({ address: layer.address }, { token: rootToken })
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
    expect(result).toMatchObject({ status: "unreachable", clusterId: expect.any(String) })
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

it("writes nothing: the server gets questions alone, and holds what it held", async () => {
  await using place = await aKvV2Mount()
  await using layer = await faultLayer(place.server.plainAddress)
  await place.kv.put(`${prefix}/app/default/KEY`, { value: "kept" })
  const token = await tokenWith(place.root, wholePolicy(place.mount))
  const state = async (): Promise<unknown> => [
    await place.kv.listAll(),
    await place.kv.metadata(`${prefix}/app/default/KEY`),
    (await place.root.must("GET", `${place.mount}/config`)).data,
  ]
  const before = await state()
  const { result } = await checked(at({ ...place, address: layer.address }), { token })
  expect(result.passed).toBe(true)
  expect(await state()).toEqual(before)
  const sent = layer.calls().map(({ method, path }) => `${method} ${path.split("?")[0] ?? ""}`)
  expect(sent.filter((call) => !call.startsWith("GET "))).toEqual(["POST /v1/sys/capabilities-self"])
  expect(sent.filter((call) => call.includes("/data/") || call.includes("/metadata/"))).toEqual([])
  expect(sent.length).toBeLessThanOrEqual(10)
  // Nobody's token goes where everybody may ask, and no namespace where it isn't known.
  for (const call of layer.calls({ path: /sys\/(?:health|seal-status)/ })) expect(call.tokenHash).toBeUndefined()
})
