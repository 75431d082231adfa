import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { describe, expect, it } from "vitest"
import { poll } from "../process/poll.ts"
import { openBaoClient } from "./openbao-client.ts"
import { startOpenBao, startSealableOpenBao, startUninitializedOpenBao } from "./servers.ts"
import { aKvV1Mount, aKvV2Mount, sharedOpenBao } from "./shared-openbao.ts"

describe("an OpenBao of a test's own", () => {
  it("answers when it is started, and is gone at the end of the block", async () => {
    let address: string
    {
      await using server = await startOpenBao()
      address = server.address
      const { status, body } = await server.root.health()
      expect(status).toBe(200)
      expect(body).toMatchObject({ version: "2.7.2", sealed: false })
      expect(await server.root.mounts()).toHaveProperty("secret/")
    }
    await expect(fetch(address)).rejects.toThrow()
  })

  it("leaves no token in anybody's home folder", async () => {
    await using server = await startOpenBao()
    expect(server.log()).not.toContain("token helper")
    expect(existsSync(`${process.env.HOME ?? ""}/.vault-token`)).toBe(false)
  })

  it("ends when the process is killed that started it", async () => {
    const program = `import { startOpenBao } from ${JSON.stringify(`${import.meta.dirname}/servers.ts`)}
      console.log((await startOpenBao()).address)`
    const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const [address] = (await once(createInterface(starter.stdout), "line")) as [string]
    const runs = (): Promise<boolean> => openBaoClient({ address }).answers()
    expect(await runs()).toBe(true)
    starter.kill("SIGKILL")
    expect(await poll(async () => !(await runs()), { forMs: 20_000 })).toBe(true)
  })
})

describe("a sealable OpenBao", () => {
  it("keeps what was written, through seal, unseal, an end and a kill", async () => {
    await using server = await startSealableOpenBao()
    await server.root.enableKv("kv", "2")
    const kv = server.root.kvV2("kv")
    await kv.put("a", { value: "one" })

    await server.seal()
    expect((await server.root.health()).status).toBe(503)
    expect(await server.root.ask("GET", "kv/data/a")).toMatchObject({ status: 503, errors: ["Vault is sealed"] })
    await server.unseal()
    expect(await kv.get("a")).toEqual({ value: "one" })

    await server.restart()
    expect((await server.root.health()).status).toBe(503)
    await server.unseal()
    await server.kill()
    await expect(kv.get("a")).rejects.toThrow()
    await server.restart()
    await server.unseal()
    expect(await kv.get("a")).toEqual({ value: "one" })
  })

  it("can be met before anybody initialized it", async () => {
    await using server = await startUninitializedOpenBao()
    const { status, body } = await openBaoClient({ address: server.address }).health()
    expect({ status, body }).toMatchObject({ status: 501, body: { initialized: false, sealed: true } })
  })
})

describe("the run's shared OpenBao", () => {
  it("is one for all", async () => {
    const [one, two] = await Promise.all([sharedOpenBao(), sharedOpenBao()])
    expect(one.address).toBe(two.address)
  })

  it("has a KV v2 mount for each test, with versions", async () => {
    await using place = await aKvV2Mount()
    const { kv } = place
    expect(await kv.put("team/app", { a: "1" }, 0)).toBe(1)
    await expect(kv.put("team/app", { a: "2" }, 0)).rejects.toThrow("check-and-set parameter did not match")
    expect(await kv.patch("team/app", { b: "2" })).toBe(2)
    expect(await kv.get("team/app")).toEqual({ a: "1", b: "2" })
    expect(await kv.get("team/app", 1)).toEqual({ a: "1" })
    expect(await kv.list()).toEqual(["team/"])
    expect(await kv.listAll()).toEqual(["team/app"])
    await kv.delete("team/app", 1)
    await kv.destroy("team/app", 2)
    await kv.undelete("team/app", 1)
    await kv.setMetadata("team/app", { custom_metadata: { owner: "a" } })
    expect(await kv.metadata("team/app")).toMatchObject({
      current_version: 2,
      custom_metadata: { owner: "a" },
      versions: { 1: { destroyed: false, deletion_time: "" }, 2: { destroyed: true } },
    })
    expect(await kv.get("team/app")).toBeUndefined()
    await kv.purge("team/app")
    expect(await kv.metadata("team/app")).toBeUndefined()
  })

  it("has KV v1 too, and a namespace where one is asked for", async () => {
    await using place = await aKvV1Mount({ inNamespace: true })
    const { kv, server, root, mount } = place
    await kv.put("a b/c#d", { value: "1" })
    expect(await kv.get("a b/c#d")).toEqual({ value: "1" })
    expect(await kv.list("a b")).toEqual(["c#d"])
    await kv.delete("a b/c#d")
    expect(await kv.get("a b/c#d")).toBeUndefined()
    expect(await root.mounts()).toMatchObject({ [`${mount}/`]: { type: "kv", options: { version: "1" } } })
    expect(await server.root.mounts()).not.toHaveProperty(`${mount}/`)
  })
})

describe("the test's own client", () => {
  it("makes tokens that can do what their policy says, until they are revoked", async () => {
    await using place = await aKvV2Mount()
    const { root, mount } = place
    await root.writePolicy(mount, `path "${mount}/data/a" { capabilities = ["read"] }`)
    const { token, accessor } = await root.createToken({ policies: [mount], ttl: "1m", noDefaultPolicy: true })
    await place.kv.put("a", { value: "1" })
    const reader = root.as(token)
    expect(await reader.kvV2(mount).get("a")).toEqual({ value: "1" })
    await expect(reader.kvV2(mount).put("a", {})).rejects.toThrow("permission denied")
    expect(await root.lookUpToken(token)).toMatchObject({ accessor, policies: [mount], orphan: false })
    await root.revokeAccessor(accessor)
    expect(await root.lookUpToken(token)).toBeUndefined()
    await root.deletePolicy(mount)
    expect(await root.readPolicy(mount)).toBeUndefined()
  })

  it("limits the rate of a mount", async () => {
    await using place = await aKvV2Mount()
    const { root, mount } = place
    await root.limitRate(mount, { path: `${mount}/`, rate: 1, seconds: 60 })
    await root.ask("GET", `${mount}/data/a`)
    expect((await root.ask("GET", `${mount}/data/a`)).status).toBe(429)
    await root.removeRateLimit(mount)
    expect((await root.ask("GET", `${mount}/data/a`)).status).toBe(404)
  })
})
