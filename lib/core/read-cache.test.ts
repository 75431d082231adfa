import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { ProviderError, type ProviderErrorClass } from "../providers/provider.ts"
import { expose, Secret } from "../secret.ts"
import { type CachedVersion, type CacheTerms, NotSettled, openReadCache, type ReadCacheOptions } from "./read-cache.ts"

const canary = "canary-of-the-cache"

function aCache(options: Partial<ReadCacheOptions> = {}) {
  const clock = { now: 1_000_000 }
  const timers: (() => void)[] = []
  const after = (_: number, then: () => void) => {
    timers.push(then)
    return { cancel: () => timers.splice(timers.indexOf(then), timers.includes(then) ? 1 : 0) }
  }
  const fixed = { instanceId: "instance", now: () => clock.now, random: () => 0, after }
  const cache = openReadCache({ ...fixed, ...options })
  let calls = 0
  const fetch =
    (text = canary) =>
    (): Promise<Secret> => {
      calls += 1
      return Promise.resolve(Secret.fromText(text))
    }
  const failing = (errorClass: ProviderErrorClass) => (): Promise<Secret> => {
    calls += 1
    return Promise.reject(new ProviderError(errorClass, "as the test wants it"))
  }
  return { cache, clock, timers, fetch, failing, calls: () => calls }
}

const version: CachedVersion = {
  organizationId: "org",
  secretId: "secret",
  epoch: 1,
  number: 3,
  backendVersion: "7",
  isLatest: true,
}
const terms: CacheTerms = { providerId: "vault", cacheSeconds: 60, staleSeconds: 3_600 }

function textOf({ value }: { value: Secret }): string {
  return new TextDecoder().decode(expose(value))
}

describe("a value that was read", () => {
  it("is served from memory for its time-to-live, as a copy of one's own, and then asked for again", async () => {
    const { cache, clock, fetch, calls } = aCache()
    const first = await cache.read(version, terms, fetch())
    first.value.wipe()
    clock.now += 59_999
    expect(textOf(await cache.read(version, terms, fetch("other")))).toBe(canary)
    expect(calls()).toBe(1)
    clock.now += 1
    expect(textOf(await cache.read(version, terms, fetch("other")))).toBe("other")
    expect(calls()).toBe(2)
  })

  it("runs out up to a tenth earlier, never later, so that not all do at once", async () => {
    const { cache, clock, fetch, calls } = aCache({ random: () => 1 })
    await cache.read(version, terms, fetch())
    clock.now += 54_000
    await cache.read(version, terms, fetch())
    expect(calls()).toBe(2)
  })

  it("belongs to one organization, secret, binding and version", async () => {
    const { cache, fetch, calls } = aCache()
    await cache.read(version, terms, fetch())
    const others: Partial<CachedVersion>[] = [
      { organizationId: "other" },
      { secretId: "other" },
      { epoch: 2 },
      { backendVersion: "8" },
      { isLatest: false },
      { backendVersion: null },
    ]
    for (const other of others) await cache.read({ ...version, ...other }, terms, fetch())
    expect(calls()).toBe(7)
  })

  it("is sealed in memory: nothing that can be looked at holds its text", async () => {
    const { cache, fetch } = aCache()
    await cache.read(version, terms, fetch())
    const seen = inspect(cache, { depth: 12, showHidden: true, maxStringLength: null })
    expect(seen).not.toContain(canary)
    expect(JSON.stringify(cache)).not.toContain(canary)
  })

  it("isn't kept where the provider's time-to-live and bound are zero", async () => {
    const { cache, fetch, calls } = aCache()
    const none = { ...terms, cacheSeconds: 0, staleSeconds: 0 }
    await cache.read(version, none, fetch())
    await cache.read(version, none, fetch())
    expect(calls()).toBe(2)
    expect(cache.holdingsOf("org", "vault")).toEqual({ count: 0, until: null })
  })

  it("gives way to others when there is no more room, the longest unused first", async () => {
    const { cache, fetch, calls } = aCache({ mostBytes: 4_000 })
    const at = (number: number) => ({ ...version, secretId: `secret-${number}` })
    for (const number of [1, 2]) await cache.read(at(number), terms, fetch("x".repeat(1_500)))
    await cache.read(at(1), terms, fetch())
    await cache.read(at(3), terms, fetch("x".repeat(1_500)))
    expect(calls()).toBe(3)
    await cache.read(at(1), terms, fetch())
    expect(calls()).toBe(3)
    await cache.read(at(2), terms, fetch())
    expect(calls()).toBe(4)
  })

  it("is dropped by a sweep when it can't be served any more", async () => {
    const { cache, clock, fetch } = aCache()
    await cache.read(version, terms, fetch())
    expect(cache.holdingsOf("org", "vault")).toEqual({ count: 1, until: new Date(clock.now + 3_600_000) })
    clock.now += 3_600_000
    expect(cache.sweep()).toBe(1)
    expect(cache.sweep()).toBe(0)
  })
})

describe("many who ask for one value at once", () => {
  it("make one call", async () => {
    const { cache, calls, fetch } = aCache()
    const values = await Promise.all(Array.from({ length: 500 }, () => cache.read(version, terms, fetch())))
    expect(new Set(values.map(textOf))).toEqual(new Set([canary]))
    expect(calls()).toBe(1)
  })

  it("fail together, and the next one tries again", async () => {
    const { cache, clock, calls, fetch, failing } = aCache()
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => cache.read(version, terms, failing("permission_denied"))),
    )
    expect(results.every(({ status }) => status === "rejected")).toBe(true)
    expect(calls()).toBe(1)
    clock.now += 2_000
    await cache.read(version, terms, fetch())
    expect(calls()).toBe(2)
  })
})

describe("a store that can't answer", () => {
  const noAnswers: ProviderErrorClass[] = ["sealed", "unavailable", "rate_limited", "quota_exceeded", "timeout"]

  it.each(noAnswers)("(%s) leaves what it said last, marked as stale, up to the bound", async (errorClass) => {
    const { cache, clock, fetch, failing } = aCache()
    const { fetchedAt } = await cache.read(version, terms, fetch())
    clock.now += 60_000
    const stale = await cache.read(version, terms, failing(errorClass))
    expect(stale).toMatchObject({ isStale: true, fetchedAt })
    expect(textOf(stale)).toBe(canary)
    clock.now = fetchedAt.getTime() + 3_600_000
    await expect(cache.read(version, terms, failing(errorClass))).rejects.toMatchObject({ class: errorClass })
  })

  it("isn't waited for by each of those who ask, and is asked again after a pause", async () => {
    const { cache, clock, calls, fetch, failing } = aCache()
    await cache.read(version, terms, fetch())
    const other = { ...version, secretId: "other" }
    clock.now += 60_000
    await cache.read(version, terms, failing("sealed"))
    await cache.read(version, terms, failing("sealed"))
    await expect(cache.read(other, terms, failing("sealed"))).rejects.toMatchObject({ class: "sealed" })
    expect(calls()).toBe(2)
    clock.now += 500
    expect(await cache.read(version, terms, fetch("unsealed"))).toMatchObject({ isStale: false })
    expect(calls()).toBe(3)
    await cache.read(other, terms, fetch())
    expect(calls()).toBe(4)
  })

  it("doesn't stop the reads of another provider", async () => {
    const { cache, failing, fetch } = aCache()
    await expect(cache.read(version, terms, failing("sealed"))).rejects.toMatchObject({ class: "sealed" })
    const other = { ...terms, providerId: "another" }
    expect(textOf(await cache.read({ ...version, secretId: "other" }, other, fetch()))).toBe(canary)
  })

  it("and hangs is given up at the deadline; what comes later isn't kept, and its place is free again", async () => {
    const { cache, clock, timers, fetch, calls } = aCache({ callsAtOnce: 1 })
    let answer: (value: Secret) => void = () => undefined
    const hanging = () =>
      new Promise<Secret>((resolve) => {
        answer = resolve
      })
    const read = cache.read(version, terms, hanging)
    const queued = cache.read({ ...version, secretId: "queued" }, terms, fetch())
    expect(timers).toHaveLength(2)
    for (const expire of timers.splice(0)) expire()
    await expect(read).rejects.toMatchObject({ class: "timeout" })
    await expect(queued).rejects.toMatchObject({ class: "timeout" })
    answer(Secret.fromText("late"))
    clock.now += 5_000
    expect(textOf(await cache.read(version, terms, fetch()))).toBe(canary)
    expect(calls()).toBe(1)
  })
})

describe("a store that says no", () => {
  const answers: ProviderErrorClass[] = [
    "permission_denied",
    "unauthenticated",
    "not_found",
    "deleted",
    "destroyed",
    "damaged",
    "replaced",
    "misconfigured",
    "disabled",
  ]

  it.each(answers)("(%s) ends what was cached: it isn't served, then or later", async (errorClass) => {
    const { cache, clock, fetch, failing } = aCache()
    await cache.read(version, terms, fetch())
    clock.now += 60_000
    await expect(cache.read(version, terms, failing(errorClass))).rejects.toMatchObject({ class: errorClass })
    clock.now += 10_000
    await expect(cache.read(version, terms, failing("sealed"))).rejects.toMatchObject({ class: "sealed" })
  })

  it("isn't asked again for a moment", async () => {
    const { cache, clock, calls, failing, fetch } = aCache()
    await expect(cache.read(version, terms, failing("not_found"))).rejects.toMatchObject({ class: "not_found" })
    await expect(cache.read(version, terms, fetch())).rejects.toMatchObject({ class: "not_found" })
    expect(calls()).toBe(1)
    clock.now += 2_000
    await cache.read(version, terms, fetch())
    expect(calls()).toBe(2)
  })
})

describe("a value that isn't settled yet", () => {
  it("leaves the one before, and blames nobody", async () => {
    const { cache, clock, fetch } = aCache()
    const unsettled = () => Promise.reject(new NotSettled())
    await expect(cache.read(version, terms, unsettled)).rejects.toThrow(NotSettled)
    await cache.read(version, terms, fetch())
    clock.now += 60_000
    expect(await cache.read(version, terms, unsettled)).toMatchObject({ isStale: true })
    expect(await cache.read(version, terms, fetch())).toMatchObject({ isStale: false })
  })
})
