/**
 * Every fault in every operation that reaches a backend, through the whole core and a real OpenBao. Each cell plays the
 * fault, holds what the caller is told against the documented outcome, lets the server recover, lets the product settle
 * what it couldn't know, and then holds what the product says against what an independent client sees.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { observe } from "../core/drift.ts"
import { reconcile } from "../core/reconcile.ts"
import { carryTransfers } from "../core/transfers/carry.ts"
import { findProvider } from "../db/providers.ts"
import { AppError, isAppError } from "../errors.ts"
import { ProviderError, type ProviderErrorClass } from "../providers/provider.ts"
import { expose } from "../secret.ts"
import { type Canary, findCanaries } from "../testing/canaries.ts"
import type { When } from "../testing/fault-layer.ts"
import { verifyChain } from "../testing/verify-chain.ts"
import { aScene, aStage, providerName, runOutLeases, type Scene, type Stage } from "./a-remote-scene.ts"
import { faultsToPlay, type PlayedFault } from "./faults-to-play.ts"

const operations = ["probe", "list", "read", "write", "delete", "renew", "move", "adopt"] as const
type Operation = (typeof operations)[number]

/** Cells are played side by side, each on one of so many stages: no other cell's jobs touch its database. */
const stages = 6

/** What came out of each cell that shouldn't have. */
const wrong = new Map<string, string[]>()
const canaries: Canary[] = []
const printed: string[] = []

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed.push(String(text))
    return true
  })
  const begun = performance.now()
  const waiting = faultsToPlay.flatMap((fault) => operations.map((operation) => ({ fault, operation })))
  const cells = waiting.length
  await Promise.all(
    Array.from({ length: stages }, async () => {
      await using stage = await aStage()
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
        wrong.set(`${cell.fault.name}, ${cell.operation}`, await playCell(stage, cell.fault, cell.operation))
      }
    }),
  )
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  const wrongOnes = [...wrong.values()].filter((found) => found.length > 0).length
  console.log(`fault matrix: ${cells} cells, ${wrongOnes} wrong, ${seconds} s`)
}, 300_000)

afterAll(() => {
  vi.restoreAllMocks()
})

describe.each(faultsToPlay.map(({ name }) => name))("%s", (fault) => {
  it.each(operations)("in a %s ends in the documented outcome, and leaves nothing wrong", (operation) => {
    expect(wrong.get(`${fault}, ${operation}`)).toEqual([])
  })
})

describe("all of it together", () => {
  it("left no value and no credential in a log", () => {
    expect(printed.length).toBeGreaterThan(0)
    expect(findCanaries(canaries, "the log", printed.join("\n"))).toEqual([])
  })
})

// --- a cell

interface Cell {
  fault: PlayedFault
  scene: Scene
  /** Says what isn't as it should be. */
  expectSame(what: string, found: unknown, expected: unknown): void
  /** Plays the fault to all requests, or to those, while something is done; answers what the caller was told. */
  during(when: When, act: () => Promise<unknown>): Promise<Told>
  /** The server is well again: the product settles what it couldn't know, as its jobs do. */
  recover(): Promise<void>
}

/** `done`, or an error's code, with the class that the provider gave it. */
interface Told {
  outcome: string
  class: ProviderErrorClass | undefined
  retryAfterSeconds: number | undefined
  answer: unknown
}

async function playCell(stage: Stage, fault: PlayedFault, operation: Operation): Promise<string[]> {
  const found: string[] = []
  const say = (text: string): void => void found.push(text)
  try {
    await using scene = await aScene(stage, {
      ...(fault.auth && { auth: fault.auth }),
      ...(fault.authority && { authority: fault.authority }),
      isDefault: operation !== "move",
    })
    const cell = aCell(fault, scene, say)
    await plays[operation](cell)
    await cell.recover()
    await checkAfterwards(cell)
    canaries.push(...scene.canaries)
  } catch (error) {
    say(`broke off: ${String(error instanceof Error ? error.stack : error)}`)
  }
  return found
}

function aCell(fault: PlayedFault, scene: Scene, say: (text: string) => void): Cell {
  const expectSame: Cell["expectSame"] = (what, found, expected) => {
    const [one, other] = [JSON.stringify(found), JSON.stringify(expected)]
    if (one !== other) say(`${what}: ${one} instead of ${other}`)
  }
  const { layer, stage } = scene
  const clear = async (): Promise<void> => {
    await layer.clear()
    stage.limit(layer.address, undefined)
  }
  return {
    fault,
    scene,
    expectSame,
    during: async (when, act) => {
      const { milliseconds } = fault
      if (milliseconds !== undefined) stage.limit(layer.address, { milliseconds, when })
      await layer.play(fault.fault, fault.fault.port === undefined ? whenOf(fault, when) : {})
      const told = await tell(act)
      await clear()
      const sent = findCanaries(scene.canaries, "what was told", JSON.stringify(told.answer) ?? "")
      if (!isAllowed(told)) expectSame("values in what was told", sent, [])
      expectSame("connections to where it was redirected", layer.elsewhere.connections(), 0)
      return told
    },
    recover: async () => {
      await clear()
      if (fault.once && fault.auth === undefined) await scene.replaceCredential()
      await runOutLeases(scene.house, scene.organization.id)
      await reconcile(scene.house)
      await carryTransfers(scene.house)
    },
  }
}

/** Who asks how a server is shows no token, and is answered by one that is sealed. */
const notHealth = /^(?!\/v1\/sys\/)/

function whenOf({ once, isOfServing }: PlayedFault, when: When): When {
  if (once) return { path: notHealth, ...when, times: 1 }
  return isOfServing ? { path: notHealth, ...when } : when
}

/** A machine that read is told its value. */
function isAllowed({ outcome, answer }: Told): boolean {
  return outcome === "done" && typeof answer === "object" && answer !== null && "value" in answer
}

async function tell(act: () => Promise<unknown>): Promise<Told> {
  try {
    const answer = await act()
    const outcome = pick(answer, "outcome")[0] === "unknown" ? "unknown" : "done"
    return { outcome, class: undefined, retryAfterSeconds: undefined, answer }
  } catch (error) {
    if (!isAppError(error)) throw error
    const { code, message, retryAfterSeconds, cause } = error
    const ofProvider = cause instanceof ProviderError ? cause : undefined
    const outcome = code === "unavailable" && message.includes("isn't known yet") ? "unknown" : code
    return { outcome, class: ofProvider?.class, retryAfterSeconds, answer: [message, ofProvider?.message] }
  }
}

/** What core makes of a class, when somebody asks or changes something. */
function outcomeOf(errorClass: ProviderErrorClass | undefined): string {
  if (errorClass === undefined) return "done"
  return errorClass === "rate_limited" ? "rate_limited" : "unavailable"
}

/** A write whose store didn't say what became of it is unknown, also when it was a question before that had no answer. */
function outcomeOfWrite(errorClass: ProviderErrorClass | undefined): string {
  return errorClass === "timeout" || errorClass === "outcome_unknown" ? "unknown" : outcomeOf(errorClass)
}

const vault = "default"
const dataWrite: When = { method: "POST", path: /\/data\// }

const plays: Readonly<Record<Operation, (cell: Cell) => Promise<void>>> = {
  probe: async ({ scene, fault, during, expectSame }) => {
    const recheck = () => scene.call("recheckProvider", { scope: scene.prefix, provider: providerName })
    const told = await during({}, recheck)
    expectSame("outcome", told.outcome, "done")
    expectSame("state", (told.answer as Awaited<ReturnType<typeof recheck>>).status, fault.status)
    if (fault.once && fault.auth === undefined) await scene.replaceCredential()
    expectSame("state after recovery", (await recheck()).status, "up")
  },

  list: async ({ scene, fault, during, expectSame }) => {
    for (const name of ["A", "B"]) await create(scene, name)
    const folder = `${scene.prefix}/${vault}`
    const browse = () => scene.call("browseProvider", { scope: scene.prefix, provider: providerName, folder })
    const told = await during({}, browse)
    expectSame("outcome", told.outcome, outcomeOf(fault.asked))
    expectSame("class", told.class, fault.asked)
    if (fault.retryAfterSeconds !== undefined)
      expectSame("retry after", told.retryAfterSeconds, fault.retryAfterSeconds)
    if (fault.once && fault.auth === undefined) await scene.replaceCredential()
    const listed = (await browse()).items.map(({ path }) => path)
    expectSame("names after recovery", listed, await scene.kv.listAll(scene.prefix))
  },

  read: async ({ scene, fault, during, expectSame }) => {
    const value = await create(scene, "A")
    await create(scene, "OTHER")
    const read = () => scene.read("readValue", { scope: scene.prefix, vault, secret: "A" })
    const cold = await during({}, read)
    expectSame("outcome when nothing is cached", cold.outcome, fault.asked === undefined ? "done" : "unavailable")
    expectSame("class when nothing is cached", cold.class, fault.asked)
    if (fault.once && fault.auth === undefined) await scene.replaceCredential()
    scene.clock.now += 10_000 // nobody is asked for a moment after trouble
    expectSame("value after recovery", pick(await read(), "value", "staleSince"), [value, undefined])
    scene.clock.now += 61_000 // what is cached has to be asked for again
    const warm = await during({}, read)
    const isServed = fault.asked === undefined || passing.has(fault.asked)
    expectSame("outcome when it is cached", warm.outcome, isServed ? "done" : "unavailable")
    if (isServed) expectSame("value when it is cached", pick(warm.answer, "value"), [value])
    const isStale = pick(warm.answer, "staleSince")[0] !== undefined
    expectSame("marked as stale", isStale, isServed && fault.asked !== undefined)
    if (fault.once && fault.auth === undefined) await scene.replaceCredential()
    scene.clock.now += 10_000
    expectSame("value at the end", pick(await read(), "value", "staleSince"), [value, undefined])
  },

  write: async (cell) => {
    const { scene, fault, during, expectSame, recover } = cell
    for (const name of ["ALL", "POINT"]) await create(scene, name)
    const write = (secret: string) => () =>
      scene.call("writeVersion", { scope: scene.prefix, vault, secret, value: scene.value(`version 2 of ${secret}`) })
    const all = await during({}, write("ALL"))
    expectSame("a version, all requests", all.outcome, outcomeOfWrite(fault.asked))
    await recover()
    const point = await during(dataWrite, write("POINT"))
    expectSame("a version, the write itself", point.outcome, outcomeOfWrite(fault.changed))
    if (fault.retryAfterSeconds !== undefined)
      expectSame("retry after", point.retryAfterSeconds, fault.retryAfterSeconds)
    await recover()
    const first = await during(dataWrite, async () => void (await create(scene, "FIRST")))
    expectSame("a new secret", first.outcome, outcomeOfWrite(fault.changed))
    await recover()
    const isTaken = (fault.changed === undefined || fault.changed === "outcome_unknown") && fault.isApplied
    expectSame("versions of POINT there", await versionsThere(scene, "POINT"), isTaken ? 2 : 1)
    expectSame("versions of FIRST there", await versionsThere(scene, "FIRST"), isTaken ? 1 : 0)
    if (!isTaken) await create(scene, "FIRST")
    await write("ALL")()
  },

  delete: async (cell) => {
    const { scene, fault, during, expectSame, recover } = cell
    for (const name of ["ALL", "POINT", "TRASH", "VERSION"]) {
      await create(scene, name)
      await scene.call("writeVersion", {
        scope: scene.prefix,
        vault,
        secret: name,
        value: scene.value(`two of ${name}`),
      })
    }
    const at = { scope: scene.prefix, vault }
    const destroy = (secret: string) => () => scene.call("destroySecret", { ...at, secret, confirm: secret })
    expectSame("a secret, all requests", (await during({}, destroy("ALL"))).outcome, "done")
    await recover()
    const removal = { method: "DELETE", path: /\/metadata\// }
    expectSame("a secret, the removal itself", (await during(removal, destroy("POINT"))).outcome, "done")
    await recover()
    for (const name of ["ALL", "POINT"]) expectSame(`${name} there`, await versionsThere(scene, name), 0)
    const trashed = await during({ method: "POST", path: /\/delete\// }, () =>
      scene.call("deleteVersion", { ...at, secret: "TRASH", version: 1 }),
    )
    expectSame("a version into the trash", trashed.outcome, outcomeOfWrite(fault.isOfBody ? undefined : fault.changed))
    await recover()
    // It was looked at then, and what was found counts as found at the backend.
    if (trashed.outcome === "unknown") await acceptWhatIsThere(scene, "TRASH")
    const shredded = await during({ method: "POST", path: /\/destroy\// }, () =>
      scene.call("destroyVersion", { ...at, secret: "VERSION", version: 1, confirm: "VERSION" }),
    )
    expectSame("a version for good", shredded.outcome, "done")
    await recover()
    const there = await scene.kv.metadata(pathOf(scene, "VERSION"))
    expectSame("what is destroyed there", there?.versions["1"]?.destroyed, true)
  },

  renew,

  move: async (cell) => {
    const { scene, fault, during, expectSame, recover } = cell
    const at = { scope: scene.prefix, vault }
    const values = new Map<string, string>()
    for (const name of ["ALL", "POINT"]) {
      await create(scene, name)
      values.set(name, scene.value(`version 2 of ${name}`))
      await scene.call("writeVersion", { ...at, secret: name, value: values.get(name) ?? "" })
    }
    const move = (to: string, secret: string, when: When) =>
      during(when, async () => {
        const moved = await scene.call("startTransfer", {
          scope: scene.prefix,
          to,
          secrets: [{ vault, secret }],
          removeAtSource: true,
        })
        await carryTransfers(scene.house)
        return moved
      })
    const served = async (what: string, secret: string): Promise<void> => {
      scene.clock.now += 61_000
      const answer = await scene.read("readValue", { ...at, secret })
      expectSame(`${what}: ${secret} is served`, pick(answer, "value", "version"), [values.get(secret), 2])
    }
    await move(providerName, "ALL", {})
    if (fault.asked !== undefined) await served("while it can't be moved", "ALL")
    await recover()
    await finish(cell)
    await served("after it was moved", "ALL")
    expectSame("versions of ALL there", await versionsThere(scene, "ALL"), 2)
    await move(providerName, "POINT", dataWrite)
    if (fault.changed !== undefined) await served("while it can't be copied", "POINT")
    await recover()
    await finish(cell)
    await served("after it was copied", "POINT")
    expectSame("versions of POINT there", await versionsThere(scene, "POINT"), 2)
    // And back: what is left at the source is removed there in the end.
    await move("built-in", "ALL", { method: "DELETE", path: /\/metadata\// })
    await recover()
    await finish(cell)
    await served("after it was moved back", "ALL")
    expectSame("ALL there after it was moved back", await versionsThere(scene, "ALL"), 0)
  },

  adopt: async (cell) => {
    const { scene, fault, during, expectSame, recover } = cell
    const adopt = (name: string) => () =>
      scene.call("adoptSecrets", {
        scope: scene.prefix,
        vault,
        provider: providerName,
        ownership: "managed",
        secrets: [{ location: `${scene.prefix}/theirs/${name}`, name }],
      })
    const outcomes = (told: Told): unknown =>
      told.outcome === "done"
        ? (told.answer as Awaited<ReturnType<ReturnType<typeof adopt>>>).rows.map(({ outcome }) => outcome)
        : told.outcome
    for (const name of ["ALL", "POINT"]) {
      await scene.kv.put(`${scene.prefix}/theirs/${name}`, { value: scene.value(`theirs, ${name}`) })
    }
    const all = await during({}, adopt("ALL"))
    expectSame("all requests", outcomes(all), [fault.asked === undefined ? "adopted" : "failed"])
    await recover()
    const point = await during({ method: "PATCH", path: /\/metadata\// }, adopt("POINT"))
    expectSame("the marking itself", outcomes(point), [
      fault.changed === undefined || fault.isOfBody ? "adopted" : "failed",
    ])
    await recover()
    for (const [name, told] of [
      ["ALL", all],
      ["POINT", point],
    ] as const) {
      if (JSON.stringify(outcomes(told)) === '["adopted"]') continue
      const again = (await adopt(name)()).rows.map(({ outcome, problem }) => [outcome, problem])
      expectSame(`${name} after recovery`, again, [["adopted", null]])
      expectSame(`versions of ${name}`, (await scene.kv.metadata(`${scene.prefix}/theirs/${name}`))?.current_version, 1)
    }
  },
}

const passing = new Set<ProviderErrorClass>(["sealed", "unavailable", "rate_limited", "timeout", "outcome_unknown"])

/** A session whose time has come, by the clock of the process that uses it. It is used on while it lives. */
async function renew({ scene, expectSame, during, fault }: Cell): Promise<void> {
  const value = await create(scene, "A")
  const sooner = await sessionEnd(scene)
  const told = await during({ method: "POST", path: /\/(?:renew-self|login)$/ }, () => useSession(scene, 45))
  const isOver = fault.once !== undefined && fault.auth === undefined
  const isPlayedToAll = fault.fault.port !== undefined
  expectSame("outcome", told.outcome, isOver || isPlayedToAll ? "unavailable" : "done")
  if (isOver || isPlayedToAll) expectSame("class", told.class, fault.asked)
  else expectSame("value", pick(told.answer, "value"), [value])
  if (isOver) return
  const { value: again, endsAt } = await useSession(scene, 56)
  expectSame("value after recovery", again, value)
  expectSame("it lives longer after recovery", endsAt > sooner, true)
}

/** What a process reads whose clock is so many minutes ahead, and when the session ends then. */
async function useSession(scene: Scene, minutes: number): Promise<{ value: string; endsAt: number }> {
  const { house, organization, providerId: id } = scene
  const { prisma } = house.database
  const where = { organizationId: organization.id, id }
  const provider = await findProvider(prisma, where)
  const secret = await prisma.secret.findFirstOrThrow({ where: { organizationId: organization.id, providerId: id } })
  if (provider === undefined) throw new Error("The provider is gone.")
  const host = await house.backends.hostOf(provider)
  const now = (): Date => new Date(Date.now() + minutes * 60_000)
  const store = house.backends.kind(provider.kind).open(provider.settings, { ...host, now })
  try {
    const place = { organizationId: organization.id, secretId: secret.id, location: secret.location, field: null }
    const { value } = await store.read(place, "latest")
    return { value: Buffer.from(expose(value)).toString(), endsAt: await sessionEnd(scene) }
  } catch (error) {
    throw error instanceof ProviderError ? new AppError("unavailable", "A session.", { cause: error }) : error
  } finally {
    await store.close()
  }
}

async function sessionEnd({ house, organization, providerId: id }: Scene): Promise<number> {
  const where = { organizationId_id: { organizationId: organization.id, id } }
  const { sessionExpiresAt } = await house.database.prisma.provider.findUniqueOrThrow({ where })
  return sessionExpiresAt?.getTime() ?? 0
}

async function acceptWhatIsThere(scene: Scene, secret: string): Promise<void> {
  const at = { scope: scene.prefix, vault, secret }
  await scene.call("observeSecret", at)
  const { driftedAt, currentVersion } = await scene.call("describeSecret", at)
  if (driftedAt !== null) await scene.call("acceptDrift", { ...at, version: currentVersion ?? 0 })
}

/** A transfer goes on by itself where the trouble passes, and is resumed by somebody where it doesn't. */
async function finish({ scene, expectSame }: Cell): Promise<void> {
  const { items } = await scene.call("listTransfers", { scope: scene.prefix })
  for (const { id, state } of items) {
    if (state === "failed" || state === "paused") {
      await scene.call("resumeTransfer", { scope: scene.prefix, transfer: id })
    }
  }
  // What was moved is removed at its source in a later turn.
  for (let turn = 0; turn < 3; turn++) {
    await runOutLeases(scene.house, scene.organization.id)
    await carryTransfers(scene.house)
  }
  const after = await scene.call("listTransfers", { scope: scene.prefix })
  for (const { id } of after.items) {
    const { state, items } = await scene.call("describeTransfer", { scope: scene.prefix, transfer: id })
    const ends = items.map((item) => [item.state, item.problem])
    expectSame("transfer", [state, ends], ["done", items.map(() => ["done", null])])
  }
}

/** What holds after every cell: nothing is open, and both sides have the same. */
async function checkAfterwards({ scene, expectSame }: Cell): Promise<void> {
  const { house, organization } = scene
  const { prisma } = house.database
  const open = await prisma.operation.findMany({
    where: { organizationId: organization.id, state: { in: ["intended", "applied", "unknown"] } },
  })
  expectSame(
    "writes that nobody has settled",
    open.map(({ kind, state }) => [kind, state]),
    [],
  )
  const kept = await prisma.secret.findMany({
    where: { organizationId: organization.id, providerId: scene.providerId, state: { not: "destroyed" } },
    include: { versions: { orderBy: { number: "asc" } } },
  })
  for (const secret of kept) {
    await observe(house, { organizationId: organization.id, id: secret.id })
    const there = await scene.kv.metadata(secret.location)
    const ours = secret.versions.map(({ backendVersion }) => backendVersion)
    expectSame(`versions of ${secret.name}`, ours, Object.keys(there?.versions ?? {}))
    expectSame(`marker of ${secret.name}`, there?.custom_metadata?.strongroom_secret, secret.id)
    expectSame(`drift of ${secret.name}`, secret.driftedAt, null)
  }
  const locations = kept.map(({ location }) => location).toSorted()
  expectSame("what lies there", await scene.kv.listAll(scene.prefix), locations)
  expectSame("audit", "events" in (await verifyChain(house, organization.id)), true)
}

async function create(scene: Scene, name: string): Promise<string> {
  const value = scene.value(name)
  await scene.call("createSecret", { scope: scene.prefix, vault, name, value })
  return value
}

function pathOf(scene: Scene, name: string): string {
  return `${scene.prefix}/${scene.prefix}/${vault}/${name}`
}

async function versionsThere(scene: Scene, name: string): Promise<number> {
  const found = await scene.kv.metadata(pathOf(scene, name))
  return Object.values(found?.versions ?? {}).filter(({ destroyed }) => !destroyed).length
}

function pick(answer: unknown, ...names: string[]): unknown[] {
  if (typeof answer !== "object" || answer === null) return names.map(() => undefined)
  return names.map((name): unknown => Reflect.get(answer, name))
}
