import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { PersonCaller } from "../core/caller.ts"
import { purgeDeleted } from "../core/purge.ts"
import { poll } from "../process/poll.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { type Job, jobs, startJobs } from "./schedule.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let editor: PersonCaller
beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  editor = await house.person(acme, { role: "editor", at: "acme.payments" })
})
afterAll(async () => house[Symbol.asyncDispose]())

describe("startJobs", () => {
  it("runs each job at once and again after its time, until it is stopped", async () => {
    let runs = 0
    const schedule = startJobs(house.house, [{ name: "count", everySeconds: 0.01, run: async () => (runs += 1) }])
    expect(await poll(() => runs >= 3, { forMs: 20_000 })).toBe(true)
    await schedule.stop()
    await schedule.stop()
    const stoppedAt = runs
    expect(await poll(() => runs > stoppedAt, { forMs: 100 })).toBe(false)
  })

  it("waits, when it stops, for the run that is under way", async () => {
    let finish: () => void = () => undefined
    let isFinished = false
    const job: Job = {
      name: "slow",
      everySeconds: 60,
      run: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        isFinished = true
      },
    }
    const stopped = startJobs(house.house, [job]).stop()
    finish()
    await stopped
    expect(isFinished).toBe(true)
  })

  it("goes on after a run that failed, and lets the other jobs run", async () => {
    let runs = 0
    const run = async (): Promise<never> => {
      runs += 1
      throw new Error("as the test wants it")
    }
    const schedule = startJobs(house.house, [{ name: "failing", everySeconds: 0.01, run }])
    expect(await poll(() => runs >= 2, { forMs: 20_000 })).toBe(true)
    await schedule.stop()
  })

  it("has the jobs of the product, which do their work on a house with nothing to do", async () => {
    for (const job of jobs) expect((await job.run(house.house)) ?? 0).toBe(0)
  })
})

describe("the purge", () => {
  it("destroys deleted secrets whose time is over, once, however many processes look", async () => {
    const names = ["DUE_1", "DUE_2", "DUE_3", "NOT_DUE", "ALIVE"]
    for (const name of names) await house.call("createSecret", editor, { ...at, name, value: "x" })
    for (const secret of names.slice(0, 4)) await house.call("deleteSecret", editor, { ...at, secret })
    const { prisma } = house.database
    await prisma.secret.updateMany({
      where: { name: { startsWith: "DUE" } },
      data: { purgeAfter: new Date(Date.now() - 1_000) },
    })
    const purged = await Promise.all(Array.from({ length: 3 }, () => purgeDeleted(house.house)))
    expect(purged.reduce((sum, count) => sum + count, 0)).toBe(3)

    const states = await prisma.secret.findMany({ select: { name: true, state: true }, orderBy: { name: "asc" } })
    expect(Object.fromEntries(states.map(({ name, state }) => [name, state]))).toEqual({
      ALIVE: "active",
      DUE_1: "destroyed",
      DUE_2: "destroyed",
      DUE_3: "destroyed",
      NOT_DUE: "deleted",
    })
    expect(await prisma.sealedValue.count()).toBe(2)
    const events = await prisma.auditEvent.findMany({ where: { organizationId: acme.id, action: "secret.destroy" } })
    expect(events.map(({ actorKind, secretName }) => [actorKind, secretName]).toSorted()).toEqual([
      ["system", "DUE_1"],
      ["system", "DUE_2"],
      ["system", "DUE_3"],
    ])
  })
})

describe("tidying up", () => {
  it("forgets answered keys after a day, and keeps what is still needed", async () => {
    const { prisma } = house.database
    const key = {
      organizationId: acme.id,
      callerId: editor.id,
      operation: "createSecret",
      requestHash: Buffer.alloc(32),
    }
    const old = new Date(Date.now() - 2 * 86_400_000)
    await prisma.idempotencyKey.createMany({
      data: [
        { ...key, key: "old-and-answered", response: {}, leaseUntil: old, createdAt: old },
        { ...key, key: "new-and-answered", response: {}, leaseUntil: new Date() },
      ],
    })
    const tidyUp = jobs.find(({ name }) => name === "tidy up")
    expect(await tidyUp?.run(house.house)).toBeGreaterThanOrEqual(1)
    const left = await prisma.idempotencyKey.findMany({ where: { organizationId: acme.id } })
    expect(left.map((row) => row.key)).toEqual(["new-and-answered"])
  })
})
