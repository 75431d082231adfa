import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { expose, Secret } from "../../secret.ts"
import { faultLayer, tokenHash } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import { aKvV1Mount, aKvV2Mount, ownName, sharedOpenBao } from "../../testing/shared-openbao.ts"
import type { CheckLine, Credential, Made, RemoteHost, Settings } from "../provider.ts"
import { bootstrap } from "./bootstrap.ts"
import { check } from "./check.ts"
import { settingsOf } from "./settings.ts"

const host = remoteHost({})

interface Ran {
  made: Made[]
  admin: Secret
  outcome: { settings: Settings; credential: Credential } | { error: unknown }
}

async function ran(given: Record<string, unknown>, team: string, adminToken: string, makePlace = false): Promise<Ran> {
  const admin = Secret.fromText(adminToken)
  const made: Made[] = []
  const settings = settingsOf("vault").parse(given)
  const tell = (one: Made): number => made.push(one)
  const outcome = await bootstrap
    .run(settings, { team, makePlace }, admin, host, tell)
    .catch((error: unknown) => ({ error }))
  return { made, admin, outcome }
}

function good({ outcome }: Ran): { settings: Settings; token: string } {
  if ("error" in outcome) throw outcome.error
  const { token } = outcome.credential
  if (token === undefined) throw new Error("No token came of it.")
  return { settings: outcome.settings, token: new TextDecoder().decode(expose(token)) }
}

function failed({ outcome }: Ran): unknown {
  return "error" in outcome ? outcome.error : expect.unreachable("It went well.")
}

/** Runs a command of `undo` as an admin would type it. */
async function type(command: string, address: string, token: string): Promise<void> {
  const [program, ...args] = command.split(" ")
  expect(program).toBe("bao")
  const bao = join(import.meta.dirname, "..", "..", "..", ".cache", "openbao", "bao")
  const env = {
    BAO_ADDR: address,
    BAO_TOKEN: token,
    HOME: "/nonexistent",
    PATH: "/usr/bin:/bin",
    NODE_ENV: "test",
  } as const
  await promisify(execFile)(bao, args, { env })
}

function isWiped(secret: Secret): boolean {
  return expose(secret).every((byte) => byte === 0)
}

describe("a whole run", () => {
  it("makes mount, policy and token, which pass the check and reach nothing else", async () => {
    const { address, root, rootToken } = await sharedOpenBao()
    const mount = ownName("made")
    const team = ownName("team")
    const given = { address, mount, prefix: `teams/${team}` }
    const plan = bootstrap.plan(settingsOf("vault").parse(given), { team, makePlace: true })
    const run = await ran(given, team, rootToken, true)
    const { settings, token } = good(run)

    expect(plan.steps).toHaveLength(4)
    expect(await root.readPolicy(`strongroom-${team}`)).toBe(plan.policy)
    expect(await root.lookUpToken(token)).toMatchObject({
      policies: [`strongroom-${team}`],
      orphan: true,
      renewable: true,
      period: 768 * 3600,
      display_name: `token-strongroom-${team}`,
      meta: { "made-for": "strongroom", team },
    })
    expect(run.made.map(({ kind, isNew }) => ({ kind, isNew }))).toEqual([
      { kind: "mount", isNew: true },
      { kind: "policy", isNew: true },
      { kind: "token", isNew: true },
    ])
    expect(isWiped(run.admin)).toBe(true)
    expect(JSON.stringify(run.made)).not.toContain(token)

    const lines: CheckLine[] = []
    const result = await check(settings, remoteHost({ token }), (line) => lines.push(line))
    expect(result).toMatchObject({ status: "up", passed: true, canWrite: true, canBeRenewed: true })
    expect(lines.filter(({ state }) => state === "warning").map(({ id }) => id)).toEqual(["tls", "storage"])

    const own = root.as(token)
    await own.kvV2(mount).put(`teams/${team}/app/default/KEY`, { value: "mine" })
    await root.kvV2(mount).put(`teams/${team}-other/app/default/KEY`, { value: "another's" })
    await root.kvV2(mount).put("teams/sibling/app/default/KEY", { value: "another's" })
    for (const path of [`teams/${team}-other/app/default/KEY`, "teams/sibling/app/default/KEY"]) {
      expect((await own.ask("GET", `${mount}/data/${path}`)).status).toBe(403)
      expect((await own.ask("GET", `${mount}/metadata/${path}`)).status).toBe(403)
    }
    expect((await own.ask("LIST", `${mount}/metadata/teams/`)).status).toBe(403)

    for (const { undo } of run.made.toReversed()) await type(undo ?? expect.unreachable("no undo"), address, rootToken)
    expect(await root.lookUpToken(token)).toBeUndefined()
    expect(await root.readPolicy(`strongroom-${team}`)).toBeUndefined()
    expect(Object.keys(await root.mounts())).not.toContain(`${mount}/`)
  })

  it("works in a namespace, and its commands say so", async () => {
    await using place = await aKvV2Mount({ inNamespace: true })
    const { address, rootToken } = place.server
    const team = ownName("team")
    const namespace = place.namespace ?? ""
    const run = await ran({ address, namespace, mount: place.mount, prefix: "p" }, team, rootToken)
    const { token } = good(run)
    expect(await place.root.readPolicy(`strongroom-${team}`)).toContain(`${place.mount}/data/p/*`)
    expect(run.made[0]).toMatchObject({ kind: "mount", isNew: false, undo: null })
    expect(run.made[1]?.undo).toBe(`bao policy delete -namespace=${namespace} strongroom-${team}`)
    await type(run.made[2]?.undo ?? "", address, rootToken)
    expect(await place.root.lookUpToken(token)).toBeUndefined()
  })

  it("works on KV v1 when that is what the settings say", async () => {
    await using place = await aKvV1Mount()
    const { address, rootToken } = place.server
    const given = { address, mount: place.mount, prefix: "p", kvVersion: 1 }
    const { token } = good(await ran(given, ownName("team"), rootToken))
    const own = place.server.root.as(token)
    await own.kvV1(place.mount).put("p/app/KEY", { value: "mine" })
    expect((await own.ask("GET", `${place.mount}/q`)).status).toBe(403)
  })

  it("gives a team without a prefix one of its name, never the whole mount", async () => {
    await using place = await aKvV2Mount()
    const { address, rootToken } = place.server
    const team = ownName("team")
    const plan = bootstrap.plan(settingsOf("vault").parse({ address, mount: place.mount }), { team, makePlace: false })
    expect(plan.policy).toContain(`path "${place.mount}/data/${team}/*"`)
    expect(plan.policy).not.toContain(`${place.mount}/data/*`)
    expect(good(await ran({ address, mount: place.mount }, team, rootToken)).settings).toMatchObject({ prefix: team })
  })
})

describe("what is there already", () => {
  it("is left as it is when it is just so, and a second run makes a token of its own", async () => {
    await using place = await aKvV2Mount()
    const { address, rootToken, root } = place.server
    const team = ownName("team")
    const given = { address, mount: place.mount, prefix: "p" }
    const first = good(await ran(given, team, rootToken))
    const again = await ran(given, team, rootToken, true)
    expect(again.made.map(({ isNew }) => isNew)).toEqual([false, false, true])
    expect(good(again).token).not.toBe(first.token)
    expect(await root.lookUpToken(first.token)).toBeDefined()
  })

  it("is never overwritten when it differs: a policy", async () => {
    await using place = await aKvV2Mount()
    const { address, rootToken, root } = place.server
    const team = ownName("team")
    const theirs = 'path "theirs" { capabilities = ["read"] }'
    await root.writePolicy(`strongroom-${team}`, theirs)
    const run = await ran({ address, mount: place.mount, prefix: "p" }, team, rootToken)
    expect(failed(run)).toMatchObject({ class: "conflict", message: expect.stringContaining(`"strongroom-${team}"`) })
    expect(await root.readPolicy(`strongroom-${team}`)).toBe(theirs)
    expect(run.made.map(({ kind }) => kind)).toEqual(["mount"])
    expect(isWiped(run.admin)).toBe(true)
  })

  it("is never overwritten when it differs: a policy that somebody writes in the same moment", async () => {
    await using place = await aKvV2Mount()
    const { plainAddress, root, rootToken } = place.server
    const team = ownName("team")
    await using layer = await faultLayer(plainAddress)
    const theirs = 'path "theirs" { capabilities = ["read"] }'
    const made: Made[] = []
    const racing: RemoteHost["fetch"] = async (request) => {
      if (request.method === "PUT") await root.writePolicy(`strongroom-${team}`, theirs)
      return host.fetch(request)
    }
    const settings = settingsOf("vault").parse({ address: layer.address, mount: place.mount, prefix: "p" })
    const run = bootstrap.run(
      settings,
      { team, makePlace: false },
      Secret.fromText(rootToken),
      { ...host, fetch: racing },
      (one) => made.push(one),
    )
    await expect(run).rejects.toMatchObject({ class: "conflict" })
    expect(await root.readPolicy(`strongroom-${team}`)).toBe(theirs)
  })

  it("is a conflict when it is another engine, another version, or another mount around it", async () => {
    await using v1 = await aKvV1Mount()
    const { address, root, rootToken } = v1.server
    const transit = ownName("transit")
    await root.must("POST", `sys/mounts/${transit}`, { type: "transit" })
    for (const mount of [v1.mount, transit, "secret/inside"]) {
      const run = await ran({ address, mount, prefix: "p" }, ownName("team"), rootToken, true)
      expect(failed(run)).toMatchObject({ class: "conflict" })
      expect(run.made).toEqual([])
    }
    await root.disableMount(transit)
  })

  it("is missed when there is no mount and none is to be made", async () => {
    const { address, rootToken } = await sharedOpenBao()
    const run = await ran({ address, mount: ownName("none"), prefix: "p" }, ownName("team"), rootToken)
    expect(failed(run)).toMatchObject({ class: "not_found" })
  })
})

describe("a run that fails", () => {
  it("says what exists at whichever step it ends, and goes on when it is run again", async () => {
    const { plainAddress, root, rootToken } = await sharedOpenBao()
    const steps = [
      { path: /lookup-self/, nth: 1, kinds: [] },
      { path: /sys\/mounts/, nth: 1, kinds: [] },
      { path: /policies\/acl/, nth: 1, kinds: ["mount"] },
      { path: /policies\/acl/, nth: 2, kinds: ["mount"] },
      { path: /create-orphan/, nth: 1, kinds: ["mount", "policy"] },
      { path: /lookup-self/, nth: 2, kinds: ["mount", "policy", "token"] },
    ]
    for (const fault of [faults.internalError, faults.resetAfter, faults.html(200)]) {
      for (const { path, nth, kinds } of steps) {
        await using layer = await faultLayer(plainAddress)
        const mount = ownName("made")
        const team = ownName("team")
        const given = { address: layer.address, mount, prefix: "p" }
        await layer.play(fault, { path, nth })
        const run = await ran(given, team, rootToken, true)
        expect(failed(run)).toMatchObject({ name: "ProviderError" })
        expect(run.made.map(({ kind }) => kind)).toEqual(kinds)
        expect(isWiped(run.admin)).toBe(true)
        await layer.clear()
        const again = await ran(given, team, rootToken, true)
        expect((await root.lookUpToken(good(again).token))?.policies).toEqual([`strongroom-${team}`])
        for (const made of [...again.made, ...run.made])
          expect(made.undo === null || made.undo.startsWith("bao ")).toBe(true)
        await root.disableMount(mount)
      }
    }
  })

  it("tells an admin token that isn't good, and one that may not", async () => {
    await using place = await aKvV2Mount()
    const { address, root } = place.server
    const given = { address, mount: place.mount, prefix: "p" }
    for (const token of ["s.mistyped", "with space", "", "x".repeat(9000)]) {
      expect(failed(await ran(given, "team", token))).toMatchObject({ class: "unauthenticated" })
    }
    const weak = async (policy: string): Promise<unknown> => {
      const name = ownName("weak")
      await root.writePolicy(name, `path "${place.mount}/*" { capabilities = ["read"] }\n${policy}`)
      return failed(await ran(given, ownName("team"), (await root.createToken({ policies: ["default", name] })).token))
    }
    expect(await weak("")).toMatchObject({
      class: "permission_denied",
      message: expect.stringContaining("sys/policies/acl/"),
    })
    const policies = 'path "sys/policies/acl/*" { capabilities = ["create", "update", "read"] }'
    expect(await weak(policies)).toMatchObject({ class: "permission_denied" })
    const tokens = 'path "auth/token/create-orphan" { capabilities = ["update"] }'
    expect(await weak(`${policies}\n${tokens}`)).toMatchObject({ message: expect.stringContaining('"sudo"') })
  })

  it("needs no root token: what README.md names for an admin is enough, and for running it again", async () => {
    const { address, root } = await sharedOpenBao()
    const mount = ownName("made")
    const name = ownName("admin")
    await root.writePolicy(
      name,
      `path "sys/policies/acl/strongroom-*" { capabilities = ["create", "read", "update"] }
       path "auth/token/create-orphan" { capabilities = ["update", "sudo"] }
       path "sys/mounts/${mount}" { capabilities = ["create", "read", "update"] }`,
    )
    const team = ownName("team")
    for (const isNew of [true, false]) {
      const { token } = await root.createToken({ policies: ["default", name] })
      const run = await ran({ address, mount, prefix: "p" }, team, token, true)
      expect((await root.lookUpToken(good(run).token))?.policies).toEqual([`strongroom-${team}`])
      expect(run.made.map((made) => made.isNew)).toEqual([isNew, isNew, true])
    }
    await root.disableMount(mount)
  })

  it("sends the admin token to the address of these settings alone, and only where it is needed", async () => {
    await using place = await aKvV2Mount()
    await using layer = await faultLayer(place.server.plainAddress)
    const { rootToken } = place.server
    const token = good(
      await ran({ address: layer.address, mount: place.mount, prefix: "p" }, ownName("team"), rootToken),
    ).token
    const byAdmin = layer.calls().filter((call) => call.tokenHash === tokenHash(rootToken))
    expect(byAdmin.map(({ method, path }) => `${method} ${path.replace(/strongroom-.*|kv-.*/, "…")}`)).toEqual([
      "GET /v1/auth/token/lookup-self",
      "GET /v1/sys/internal/ui/mounts/…",
      "GET /v1/…",
      "GET /v1/sys/policies/acl/…",
      "PUT /v1/sys/policies/acl/…",
      "POST /v1/auth/token/create-orphan",
    ])
    expect(layer.calls().at(-1)?.tokenHash).toBe(tokenHash(token))
    await layer.play(faults.redirected)
    const away = await ran({ address: layer.address, mount: place.mount, prefix: "p" }, ownName("team"), rootToken)
    expect(failed(away)).toMatchObject({ class: "misconfigured" })
  })

  it("refuses names that would say something else in a policy", () => {
    const settings = settingsOf("vault").parse({ address: "https://vault.example.com", mount: "kv" })
    for (const team of ['a" {', "*", "a/b", "", "..", "a\nb"]) {
      expect(() => bootstrap.plan(settings, { team, makePlace: false })).toThrow("so that it can stand in a policy")
    }
  })
})
