/**
 * Every machine of an organization starts at once: two hundred programs ask for the same hundred references, which a
 * real server keeps behind a fault layer that counts. Each reference is asked for there once. Then the server is gone,
 * and they all start again.
 */
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { Strongroom } from "../../clients/sdk/index.ts"
import type { Resolution } from "../contract/dto.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { beforeFront } from "../testing/before-front.ts"
import { faults } from "../testing/faults.ts"
import { openFigures } from "../testing/figures.ts"
import { aRunningApi, type TestApi } from "../testing/running-api.ts"
import { aScene, aStage, type Scene, type Stage } from "./a-remote-scene.ts"

const isLong = inject("isLong")
const figures = openFigures("reboot-storm")
const programs = isLong ? 200 : 60
const references = 100
const cacheSeconds = 60
const staleSeconds = 3_600
const dataRead = { method: "GET", path: /\/data\// }

let stage: Stage
let scene: Scene
let running: TestApi
let address: Awaited<ReturnType<typeof beforeFront>>
const values = new Map<string, string>()
const tokens: string[] = []

beforeAll(async () => {
  stage = await aStage()
  scene = await aScene(stage, { cacheSeconds, staleSeconds })
  running = await aRunningApi(undefined, { core: scene.core })
  address = await beforeFront(running)
  for (let number = 0; number < references; number++) values.set(`STORM_${number}`, scene.value(`STORM_${number}`))
  await Promise.all(
    [...values].map(([name, value]) =>
      scene.call("createSecret", { scope: scene.prefix, vault: "default", name, value }),
    ),
  )
  for (let program = 0; program < programs; program++) tokens.push(await aToken())
  scene.layer.forget()
}, 120_000)
afterAll(async () => {
  await address[Symbol.asyncDispose]()
  await running[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

/** A token of the scene's machine for each program: they are many, and none has anything from before. */
async function aToken(): Promise<string> {
  const id = newId()
  const token = newToken("sat", id)
  await scene.stage.inner.database.prisma.accessToken.create({
    data: {
      organizationId: scene.organization.id,
      id,
      serviceAccountId: scene.machine.caller.id,
      name: id,
      hash: Buffer.from(token.hash),
      prefix: token.prefix,
      expiresAt: new Date(Date.now() + 3_600_000),
    },
  })
  return token.token
}

/** All of them start at once, with nothing in memory. */
function boot(): Promise<Awaited<ReturnType<Strongroom["resolve"]>>[]> {
  const refs = [...values.keys()].map((name) => `strongroom://${scene.prefix}/default/${name}`)
  return Promise.all(tokens.map((token) => new Strongroom({ url: address.url, token }).resolve({ refs })))
}

it("asks the backend once for each reference, however many programs start at once", async () => {
  const sets = await boot()
  const right = sets.filter(({ env }) => [...values].every(([name, value]) => env[name] === value))
  expect(right).toHaveLength(programs)
  expect(sets.every(({ entries }) => entries.every(({ staleSince }) => staleSince === undefined))).toBe(true)
  const calls = scene.layer.calls(dataRead).length
  figures.tell(`backend calls per distinct reference, ${programs} programs`, (calls / references).toFixed(2), "1.00")
  expect(calls).toBe(references)
})

it("answers all of them from what it holds while the backend is down, marked, within the bound and not beyond", async () => {
  const readAt = scene.clock.now
  stage.limit(scene.layer.address, { milliseconds: 300, when: {} })
  await scene.layer.play(faults.refused)
  scene.clock.now = readAt + (cacheSeconds + 1) * 1_000
  const sets = await boot()
  const answered = sets.flatMap(({ env, entries }) =>
    entries.filter(({ name, staleSince }) => env[name] === values.get(name) && staleSince?.getTime() === readAt),
  )
  const share = (100 * answered.length) / (programs * references)
  figures.tell("cached answers while the backend is down, marked stale", `${share} %`, "100 %")
  expect(answered).toHaveLength(programs * references)
  scene.clock.now = readAt + staleSeconds * 1_000 + 1_000
  const refs = [...values.keys()].map((name) => `strongroom://${scene.prefix}/default/${name}`)
  const late = scene.read("resolveReferences", { refs })
  await expect(late).rejects.toMatchObject({ code: "unavailable", unresolved: { length: references } })
})

it("costs a set over three providers one call for each value that a server keeps: it has none for several", async () => {
  await using three = await aScene(stage)
  const at = { scope: three.prefix, vault: "default" }
  const each = isLong ? 67 : 12
  for (const provider of ["vault-prod", "vault-next", "built-in"]) {
    if (provider === "vault-next") await three.register(provider, `${three.prefix}-next`)
    await three.call("setDefaultProvider", { scope: three.prefix, provider })
    const names = Array.from({ length: each }, (_, number) => `${provider}-${number}`)
    await Promise.all(names.map((name) => three.call("createSecret", { ...at, name, value: three.value(name) })))
  }
  three.layer.forget()
  const { entries } = (await three.read("resolve", {})) as Resolution
  const calls = three.layer.calls(dataRead).length
  figures.tell(`backend calls for a set of ${3 * each} over three providers`, calls, 2 * each)
  expect(Map.groupBy(entries, ({ provider }) => provider).size).toBe(3)
  expect([entries.length, calls]).toEqual([3 * each, 2 * each])
})
