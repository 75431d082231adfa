/**
 * What machines get while a backend is down or slow, on a real server behind a fault layer. Counted and by a clock of
 * the test's own: nothing here waits for time to pass.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { faults } from "../testing/faults.ts"
import { aScene, aStage, type Scene, type Stage } from "./a-remote-scene.ts"

const vault = "default"
const dataRead = { method: "GET", path: /\/data\// }

let stage: Stage
beforeAll(async () => {
  stage = await aStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe("a backend that is down", () => {
  it.each([
    ["refuses connections", faults.refused],
    ["is sealed", faults.sealed],
    ["never answers", faults.hangBefore],
  ])("and %s: what was read is served on for the stated bound, marked, and no longer", async (_, fault) => {
    await using scene = await aScene(stage, { cacheSeconds: 60, staleSeconds: 3_600 })
    const at = { scope: scene.prefix, vault }
    const values = { A: scene.value("A"), B: scene.value("B") }
    for (const [name, value] of Object.entries(values)) await scene.call("createSecret", { ...at, name, value })
    const names = Object.keys(values)
    for (const secret of names) await scene.read("readValue", { ...at, secret })
    const readAt = new Date(scene.clock.now).toISOString()
    stage.limit(scene.layer.address, { milliseconds: 300, when: {} })
    await scene.layer.play(fault)

    scene.clock.now += 30_000 // within the time-to-live nobody is asked
    expect(await read(scene, "A")).toEqual({ value: values.A, staleSince: undefined })
    expect(scene.layer.calls().filter(({ fault }) => fault !== undefined)).toEqual([])
    for (const minutes of [2, 30, 59]) {
      scene.clock.now = Date.parse(readAt) + minutes * 60_000
      expect(await read(scene, "A")).toEqual({ value: values.A, staleSince: readAt })
      expect(await scene.read("readValues", { ...at, names })).toMatchObject({
        values: { A: { value: values.A, staleSince: readAt }, B: { value: values.B, staleSince: readAt } },
      })
    }
    scene.clock.now = Date.parse(readAt) + 3_601_000
    await expect(read(scene, "A")).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: expect.any(Number) })

    await scene.layer.clear()
    stage.limit(scene.layer.address, undefined)
    scene.clock.now += 10_000
    expect(await read(scene, "A")).toEqual({ value: values.A, staleSince: undefined })
  })

  it("is left alone between tries, however many ask", async () => {
    await using scene = await aScene(stage, { cacheSeconds: 60, staleSeconds: 3_600 })
    const value = scene.value("A")
    await scene.call("createSecret", { scope: scene.prefix, vault, name: "A", value })
    await read(scene, "A")
    await scene.layer.play(faults.badGateway)
    scene.clock.now += 120_000
    scene.layer.forget()
    for (let turn = 0; turn < 20; turn++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => read(scene, "A")))
      expect(answers.every((answer) => answer.value === value)).toBe(true)
    }
    expect(scene.layer.calls(dataRead)).toHaveLength(1)
  })
})

describe("a backend that is slow", () => {
  it("holds up nobody else: other providers and the built-in store answer while it hasn't", async () => {
    await using slow = await aScene(stage, { cacheSeconds: 0 })
    const at = { scope: slow.prefix, vault }
    await slow.call("createSecret", { ...at, name: "SLOW", value: slow.value("SLOW") })
    await slow.call("setDefaultProvider", { scope: slow.prefix, provider: "built-in" })
    const here = slow.value("HERE")
    await slow.call("createSecret", { ...at, name: "HERE", value: here })
    await slow.register("vault-next", `${slow.prefix}-next`)
    await slow.call("setDefaultProvider", { scope: slow.prefix, provider: "vault-next" })
    const elsewhere = slow.value("ELSEWHERE")
    await slow.call("createSecret", { ...at, name: "ELSEWHERE", value: elsewhere })

    const slowOnes = { method: "GET", path: /\/data\/.*\/SLOW$/ }
    await slow.layer.play(faults.hangBefore, slowOnes)
    let isPending = true
    const waiting = Promise.all(Array.from({ length: 50 }, () => read(slow, "SLOW"))).finally(() => {
      isPending = false
    })
    await expect.poll(() => slow.layer.calls(slowOnes).length).toBeGreaterThan(0)
    // One after the other, all while fifty wait in the same process.
    for (let turn = 0; turn < 20; turn++) {
      expect((await read(slow, "HERE")).value).toBe(here)
      expect((await read(slow, "ELSEWHERE")).value).toBe(elsewhere)
    }
    const many = await Promise.all(Array.from({ length: 50 }, () => read(slow, "HERE")))
    expect(many.every(({ value }) => value === here)).toBe(true)
    expect(isPending).toBe(true)
    slow.layer.release()
    await slow.layer.clear()
    await waiting.catch(() => undefined) // cut or answered: it isn't what is looked at here
  })
})

describe("a cold secret", () => {
  it("that five hundred clients ask for at once is asked for once", async () => {
    await using scene = await aScene(stage)
    const value = scene.value("COLD")
    const at = { scope: scene.prefix, vault }
    await scene.call("createSecret", { ...at, name: "COLD", value })
    const tokens = await Promise.all(
      Array.from({ length: 25 }, () =>
        stage.inner.machine(scene.organization, { at: scene.prefix, grants: [{ at: scene.prefix }] }),
      ),
    )
    scene.layer.forget()
    const request = { address: "192.0.2.1", userAgent: null, idempotencyKey: null, ifNoneMatch: null }
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        scene.core.call(
          "readValue",
          { kind: "bearer", token: tokens[index % tokens.length]?.token ?? "" },
          { ...at, secret: "COLD" },
          { ...request, id: crypto.randomUUID() },
        ),
      ),
    )
    expect(answers).toHaveLength(500)
    expect(answers.every((answer) => answer.notModified !== true && answer.value === value)).toBe(true)
    expect(scene.layer.calls(dataRead)).toHaveLength(1)
    const events = await scene.house.database.prisma.auditEvent.count({
      where: { organizationId: scene.organization.id, action: "secret.read", outcome: "done" },
    })
    expect(events).toBe(500)
  })
})

async function read(
  { read, prefix }: Pick<Scene, "read" | "prefix">,
  secret: string,
): Promise<{ value: string; staleSince: string | undefined }> {
  const answer = await read("readValue", { scope: prefix, vault, secret })
  if (answer.notModified === true) throw new Error("Nothing was asked conditionally.")
  return { value: answer.value, staleSince: answer.staleSince }
}
