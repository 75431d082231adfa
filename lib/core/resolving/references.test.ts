import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import type { Resolution } from "../../contract/dto.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aSealedSecret, aVault } from "../../testing/a-sealed-secret.ts"

const prod = "acme.payments.prod"

let house: TestHouse
let acme: TestOrganization
let token: string
beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  token = await aMachine([
    { at: prod, vault: "default" },
    { at: "acme.data", prefix: "ETL_" },
  ])
  await aSealedSecret(house, acme, { at: "acme", name: "API-KEY", values: ["wide"] })
  await aSealedSecret(house, acme, { at: "acme.payments", name: "DB", values: ["1", "middle"] })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["first", "narrow"] })
  await aSealedSecret(house, acme, { at: prod, name: "OFF", values: ["off"], state: "disabled" })
  await aSealedSecret(house, acme, { at: prod, vault: "web", name: "HIDDEN", values: ["not ours"] })
  await aSealedSecret(house, acme, { at: "acme.data", name: "ETL_KEY", values: ["etl"] })
  await aSealedSecret(house, acme, { at: "acme.data", name: "OTHER", values: ["not ours"] })
  await aVault(house, acme, { at: "acme", name: "inner", inheritable: false })
})
afterAll(async () => house[Symbol.asyncDispose]())

function ask(refs: string[], more: Partial<InputOf<"resolveReferences">> = {}, ifNoneMatch: string | null = null) {
  const credential = { kind: "bearer", token } as const
  return house.core.call("resolveReferences", credential, { refs, ...more }, aRequest({ ifNoneMatch }))
}

async function reasonsOf(refs: string[]): Promise<string[]> {
  const { unresolved } = (await ask(refs, { partial: true })) as Resolution
  return unresolved.map(({ reason, ref }) => `${reason} ${ref}`)
}

async function messageOf(ref: string): Promise<string> {
  const failure = await ask([ref], { partial: true }).catch((error: unknown) => error)
  return failure instanceof Error ? failure.message : "It was answered."
}

async function aMachine(grants: Parameters<TestHouse["machine"]>[1]["grants"] & object): Promise<string> {
  return (await house.machine(acme, { at: prod, grants })).token
}

describe("references", () => {
  it("come with their values as their workspace sees them, in one answer", async () => {
    const refs = [
      "strongroom:///default/API-KEY",
      `strongroom://${prod}/default/db`,
      "strongroom://acme.data/default/ETL_KEY",
    ]
    expect(await ask(refs)).toMatchObject({
      scope: prod,
      env: { API_KEY: "wide", DB: "narrow", ETL_KEY: "etl" },
      entries: [
        { name: "API-KEY", ref: refs[0], scope: "acme", version: 1, provider: "built-in" },
        { name: "DB", ref: refs[1], scope: prod, version: 2 },
        { name: "ETL_KEY", ref: refs[2], scope: "acme.data" },
      ],
      unresolved: [],
    })
  })

  it("may name a version, and the same secret twice, but not two versions for one variable", async () => {
    const first = "strongroom:///default/DB?version=1"
    const current = "strongroom:///default/DB?version=2"
    expect(await ask([first])).toMatchObject({ env: { DB: "first" } })
    expect(await ask([current, "strongroom:///default/DB"])).toMatchObject({ env: { DB: "narrow" } })
    await expect(ask([first, current])).rejects.toMatchObject({
      code: "conflict",
      unresolved: [
        { ref: first, reason: "colliding" },
        { ref: current, reason: "colliding" },
      ],
    })
  })

  it("are listed with their reasons where they can't be had, and fail the whole unless a part is enough", async () => {
    const refs = {
      there: "strongroom:///default/DB",
      missing: "strongroom:///default/NOWHERE",
      noVersion: "strongroom:///default/API-KEY?version=9",
      disabled: "strongroom:///default/OFF",
      forbidden: "strongroom:///web/HIDDEN",
    }
    const asked = Object.values(refs)
    const unresolved = expect.arrayContaining([
      expect.objectContaining({ name: "NOWHERE", ref: refs.missing, reason: "missing" }),
      expect.objectContaining({ ref: refs.noVersion, reason: "missing" }),
      expect.objectContaining({ ref: refs.disabled, reason: "disabled" }),
      expect.objectContaining({ ref: refs.forbidden, reason: "forbidden" }),
    ]) as object[]
    await expect(ask(asked)).rejects.toMatchObject({ code: "not_found", unresolved })
    expect(await ask(asked, { partial: true })).toMatchObject({ env: { DB: "narrow" }, unresolved })
  })

  it("don't tell whether what isn't granted is there: in a vault, beyond a prefix, in another scope", async () => {
    const pairs = [
      ["strongroom:///web/HIDDEN", "strongroom:///web/ABSENT"],
      ["strongroom:///web/HIDDEN", "strongroom:///no-vault/HIDDEN"],
      ["strongroom://acme.data/default/OTHER", "strongroom://acme.data/default/ABSENT"],
      ["strongroom://acme.payments.dev/default/DB", "strongroom://acme.no-team.dev/default/DB"],
    ]
    for (const [there = "", absent = ""] of pairs) {
      expect(await reasonsOf(["strongroom:///default/DB", there, absent])).toEqual([
        `forbidden ${there}`,
        `forbidden ${absent}`,
      ])
      const [one = "", other = ""] = await Promise.all([there, absent].map(messageOf))
      expect(other.replaceAll(absent, there)).toBe(one)
    }
  })

  it("are confirmed by their tag until one of them changes", async () => {
    const refs = ["strongroom:///default/DB", "strongroom:///default/API-KEY"]
    const { etag } = await ask(refs)
    expect(await ask(refs, {}, etag)).toEqual({ notModified: true, etag })
    await house.database.prisma.secret.updateMany({ where: { name: "API-KEY" }, data: { envName: "OUR_KEY" } })
    expect(await ask(refs, {}, etag)).toMatchObject({ env: { OUR_KEY: "wide" } })
    await house.database.prisma.secret.updateMany({ where: { name: "API-KEY" }, data: { envName: null } })
  })

  it("leave one event with every version, or with what was refused", async () => {
    await ask(["strongroom:///default/DB", "strongroom:///default/API-KEY"])
    const { details, outcome } = await house.database.prisma.auditEvent.findFirstOrThrow({ orderBy: { seq: "desc" } })
    expect(outcome).toBe("done")
    expect(details).toMatchObject({ count: 2, secrets: `${prod}/default/DB@2 acme/default/API-KEY@1` })
  })

  it.each(["default/DB", "strongroom://default/DB", "strongroom:///default/DB?version=0", "strongroom:///a/b/c"])(
    "must look like one: %s",
    async (ref) => {
      await expect(ask([ref])).rejects.toMatchObject({
        code: "invalid",
        fields: { "refs.0": expect.stringContaining("An address looks like") as string },
      })
    },
  )
})
