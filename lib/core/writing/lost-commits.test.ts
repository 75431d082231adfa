/** What a write comes to when its connection breaks at the very commit: nobody is told what isn't so, and no event is lost. */
import { expect, test } from "vitest"
import { openDatabase } from "../../db/database.ts"
import { poll } from "../../process/poll.ts"
import { aHouse, aRequest, type TestHouse } from "../../testing/a-house.ts"
import { type CuttingProxy, cuttingProxy } from "../../testing/cutting-proxy.ts"
import { verifyChain } from "../../testing/verify-chain.ts"
import type { PersonCaller } from "../caller.ts"
import { type Core, openCore } from "../core.ts"
import { openHouse } from "../open-house.ts"

const at = { scope: "acme.payments", vault: "default" }

test("a version whose commit wasn't answered is told of as written, once", async () => {
  await using it = await aProcessBehindAProxy()
  it.proxy.cutAtCommit("after", "write-whole")
  const written = await it.core.callAs("writeVersion", it.editor, { ...at, secret: "KEY", value: "two" }, aRequest())
  expect(written).toMatchObject({ outcome: "written", version: { number: 2, isCurrent: true } })
  expect([it.proxy.cuts, await it.versions(), await it.events()]).toEqual([
    1,
    [1, 2],
    ["secret.create done 1", "version.write done 2"],
  ])
})

test("a version whose commit didn't arrive is written after all, once", async () => {
  await using it = await aProcessBehindAProxy()
  it.proxy.cutAtCommit("before", "write-whole")
  const written = await it.core.callAs("writeVersion", it.editor, { ...at, secret: "KEY", value: "two" }, aRequest())
  expect(written).toMatchObject({ outcome: "written", version: { number: 2, isCurrent: true } })
  expect([it.proxy.cuts, await it.versions(), await it.events()]).toEqual([
    1,
    [1, 2],
    ["secret.create done 1", "version.write done 2"],
  ])
})

test.each(["before", "after"] as const)(
  "a new secret whose connection breaks %s its commit is made, once",
  async (when) => {
    await using it = await aProcessBehindAProxy()
    it.proxy.cutAtCommit(when, "create-whole")
    const created = await it.core.callAs("createSecret", it.editor, { ...at, name: "MADE", value: "one" }, aRequest())
    expect(created).toMatchObject({ outcome: "written", secret: { name: "MADE", currentVersion: 1 } })
    expect([it.proxy.cuts, await it.events()]).toEqual([1, ["secret.create done 1", "secret.create done 1"]])
  },
)

test.each([
  ["before", [1], "version.write failed 2"],
  ["after", [1, 2], "version.write done 2"],
] as const)(
  "a write whose connection breaks %s its commit, with Postgres out of reach since, is unknown, and told of when it is known",
  async (when, versions, event) => {
    await using it = await aProcessBehindAProxy()
    it.proxy.cutAtCommit(when, "write-whole", "and close")
    const written = await it.core.callAs("writeVersion", it.editor, { ...at, secret: "KEY", value: "two" }, aRequest())
    expect(written).toMatchObject({ outcome: "unknown" })
    it.proxy.open()
    expect(await poll(async () => (await it.events()).length === 2, { forMs: 20_000 })).toBe(true)
    expect([await it.versions(), await it.events()]).toEqual([versions, ["secret.create done 1", event]])
    expect(await verifyChain(it.house.house, it.editor.organizationId)).toEqual({ events: 2 })
  },
)

test("what was done under an Idempotency-Key isn't done again when its answer was lost", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  const lose = (key: string): Promise<unknown> =>
    house.database.pool.query(
      `UPDATE "IdempotencyKey" SET "response" = '"done"', "leaseUntil" = now() - interval '1 minute' WHERE "key" = $1 AND "response" IS NOT NULL`,
      [key],
    )
  const acts: [string, (key: string) => Promise<unknown>][] = [
    [
      "create",
      (idempotencyKey) => house.call("createSecret", editor, { ...at, name: "A", value: "one" }, { idempotencyKey }),
    ],
    [
      "write",
      (idempotencyKey) => house.call("writeVersion", editor, { ...at, secret: "A", value: "two" }, { idempotencyKey }),
    ],
    [
      "roll back",
      (idempotencyKey) => house.call("rollBack", editor, { ...at, secret: "A", version: 1 }, { idempotencyKey }),
    ],
  ]
  for (const [what, act] of acts) {
    const key = `${what.replace(" ", "-")}-12345`
    await act(key)
    await lose(key)
    await expect(act(key)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("carried out") })
  }
})

interface ProcessBehindAProxy extends AsyncDisposable {
  house: TestHouse
  core: Core
  editor: PersonCaller
  proxy: CuttingProxy
  versions(): Promise<number[]>
  events(): Promise<string[]>
}

/** A process of ours whose way to Postgres can be cut, with a secret "KEY" of one version. */
async function aProcessBehindAProxy(): Promise<ProcessBehindAProxy> {
  const house = await aHouse()
  const acme = await house.organization("acme")
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  await house.call("createSecret", editor, { ...at, name: "KEY", value: "one" })
  const proxy = await cuttingProxy(house.ownerUrl)
  const database = openDatabase({ url: proxy.url })
  const { keyring, publicUrl, identityProviders, production } = house.house
  const core = openCore(await openHouse({ database, keyring, publicUrl, identityProviders, production }))
  return {
    house,
    core,
    editor,
    proxy,
    versions: async () => {
      const found = await house.database.prisma.secretVersion.findMany({ orderBy: { number: "asc" } })
      return found.map(({ number }) => number)
    },
    events: async () => {
      const found = await house.database.prisma.auditEvent.findMany({ orderBy: { seq: "asc" } })
      return found.map(({ action, outcome, version }) => `${action} ${outcome} ${String(version)}`)
    },
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await proxy[Symbol.asyncDispose]()
      await house[Symbol.asyncDispose]()
    },
  }
}
