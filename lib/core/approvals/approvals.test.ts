import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InputOf, OutputOf } from "../../contract/api.ts"
import type { OperationName } from "../../contract/routes.ts"
import { type AppError, type ApprovalReference, isAppError } from "../../errors.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aSealedSecret, aVault } from "../../testing/a-sealed-secret.ts"
import type { PersonCaller } from "../caller.ts"
import { expireApprovals } from "./expiring.ts"

const team = "acme.payments"
const prod = "acme.payments.prod"
const dev = "acme.payments.dev"
const ofCi = { scope: prod, account: "ci" }
const toRead = { ...ofCi, access: "read" } as const

let house: TestHouse
let acme: TestOrganization
let alice: PersonCaller
let bob: PersonCaller

/** payments.prod asks for two people, and Alice and Bob lead its team. */
beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  alice = await house.person(acme, { role: "lead", at: team, name: "Alice" })
  bob = await house.person(acme, { role: "lead", at: team, name: "Bob" })
  await house.call("createServiceAccount", alice, { scope: prod, name: "ci" })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["1"] })
  await house.call("changeScope", alice, { scope: prod, protection: "two_people" })
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

/** Asks for what must wait, and answers the request. */
async function asksFor<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  who: PersonCaller = alice,
): Promise<ApprovalReference> {
  const { code, message, approval } = await refused(house.call(name, who, input))
  if (approval === undefined) throw new Error(`${name} didn't wait: ${message}`)
  expect(code).toBe("pending_approval")
  return approval
}

function accepts({ scope, id }: ApprovalReference, who: PersonCaller = bob): Promise<OutputOf<"acceptApproval">> {
  return house.call("acceptApproval", who, { scope, approval: id })
}

function looksAt({ scope, id }: ApprovalReference, who: PersonCaller = bob): Promise<OutputOf<"describeApproval">> {
  return house.call("describeApproval", who, { scope, approval: id })
}

async function refused(promise: Promise<unknown>): Promise<AppError> {
  const [answer] = await Promise.allSettled([promise])
  if (answer.status === "fulfilled" || !isAppError(answer.reason)) throw new Error("It wasn't refused.")
  return answer.reason
}

let accounts = 0
/** A service account of its own for a test. */
async function anAccount(at = prod): Promise<{ scope: string; account: string }> {
  const name = `ci-${++accounts}`
  await house.call("createServiceAccount", alice, { scope: at, name })
  return { scope: at, account: name }
}

describe("a grant where two people are asked for", () => {
  it("changes nothing until somebody else accepts it, and bears both names then", async () => {
    const request = await asksFor("grantAccess", toRead)
    expect(request.scope).toBe(prod)
    expect((await house.call("describeServiceAccount", alice, ofCi)).grants).toEqual([])
    expect(await looksAt(request)).toMatchObject({
      operation: "grantAccess",
      state: "waiting",
      requestedBy: { name: "Alice" },
      isMine: false,
      readers: [{ name: "ci", scope: prod }],
      protectedScopes: [prod],
      secrets: [{ scope: prod, vault: "default", name: "DB" }],
      secretCount: 1,
    })
    expect(await accepts(request)).toMatchObject({ state: "done", decidedBy: { name: "Bob" } })
    const { grants, readableCount } = await house.call("describeServiceAccount", alice, ofCi)
    expect(grants).toMatchObject([
      { grantedBy: { name: "Alice" }, confirmedBy: { name: "Bob" }, selfGranted: false, access: "read" },
    ])
    expect(readableCount).toBe(1)
    const readers = await house.call("listReaders", alice, { scope: prod, vault: "default", secret: "DB" })
    expect(readers.items).toMatchObject([{ grantedBy: { name: "Alice" }, confirmedBy: { name: "Bob" } }])
  })

  it("leaves an event of each: of asking, of what was done, and of accepting", async () => {
    const of = await anAccount()
    const request = await asksFor("grantAccess", { ...of, access: "read" })
    await accepts(request)
    const events = await house.database.prisma.auditEvent.findMany({
      where: { organizationId: acme.id },
      orderBy: { seq: "desc" },
      take: 3,
    })
    expect(events.map(({ action, outcome, actorName, class: kind }) => [action, outcome, actorName, kind])).toEqual([
      ["approval.accept", "done", "Bob", "delegation"],
      ["grant.create", "done", "Alice", "delegation"],
      ["grant.create", "pending_approval", "Alice", "delegation"],
    ])
    expect(events[1]?.details).toMatchObject({ confirmedBy: "Bob", approval: request.id })
  })

  it("is one request however often it is asked for", async () => {
    const of = await anAccount()
    const first = await asksFor("grantAccess", { ...of, access: "read" })
    expect(await asksFor("grantAccess", { ...of, access: "read" })).toEqual(first)
    expect((await asksFor("grantAccess", { ...of, access: "read" }, bob)).id).not.toBe(first.id)
  })

  it("says at once what stands against it", async () => {
    expect(await refused(house.call("grantAccess", alice, { ...toRead, account: "nobody" }))).toMatchObject({
      code: "not_found",
    })
    const stale = { ...alice, signedInAt: new Date(Date.now() - 3_600_000) }
    expect(await refused(house.call("grantAccess", stale, toRead))).toMatchObject({ code: "forbidden" })
    expect(await refused(house.call("grantAccess", alice, toRead))).toMatchObject({ code: "conflict" })
  })

  it("is accepted by nobody who asked for it, may not delegate there, or has no fresh sign-in", async () => {
    const request = await asksFor("grantAccess", { ...(await anAccount()), access: "read" })
    expect(await refused(accepts(request, alice))).toMatchObject({ code: "forbidden" })
    const editor = await house.person(acme, { role: "editor", at: team })
    expect(await refused(accepts(request, editor))).toMatchObject({ code: "forbidden" })
    const elsewhere = await house.person(acme, { role: "lead", at: "acme.data" })
    expect(await refused(accepts(request, elsewhere))).toMatchObject({ code: "not_found" })
    const stale = { ...bob, signedInAt: new Date(Date.now() - 3_600_000) }
    expect(await refused(accepts(request, stale))).toMatchObject({ code: "forbidden" })
    expect((await looksAt(request)).state).toBe("waiting")
  })

  it("is done once, of two who accept it at once", async () => {
    const of = await anAccount()
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    const request = await asksFor("grantAccess", { ...of, access: "read" })
    const answers = await Promise.allSettled([accepts(request), accepts(request, owner)])
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    expect((await house.call("describeServiceAccount", alice, of)).grants).toHaveLength(1)
  })

  it("comes to nothing when it is refused, taken back, or nobody decides", async () => {
    const of = await anAccount()
    const input = { ...of, access: "read" } as const
    const first = await asksFor("grantAccess", input)
    const note = "Use the account of the team."
    const answer = await house.call("refuseApproval", bob, { scope: prod, approval: first.id, note })
    expect(answer).toMatchObject({ state: "refused", note, decidedBy: { name: "Bob" } })
    expect(await refused(accepts(first))).toMatchObject({ code: "conflict" })

    const second = await asksFor("grantAccess", input)
    expect(second.id).not.toBe(first.id)
    expect(await refused(house.call("withdrawApproval", bob, { scope: prod, approval: second.id }))).toMatchObject({
      code: "forbidden",
    })
    await house.call("withdrawApproval", alice, { scope: prod, approval: second.id })
    expect(await refused(accepts(second))).toMatchObject({ code: "conflict" })

    const third = await asksFor("grantAccess", input)
    await runOut(third)
    expect(await looksAt(third)).toMatchObject({ state: "expired" })
    expect(await refused(accepts(third))).toMatchObject({ code: "conflict" })
    expect(await expireApprovals(house.house)).toBe(1)
    expect(await expireApprovals(house.house)).toBe(0)
    const [event] = await house.database.prisma.auditEvent.findMany({
      where: { organizationId: acme.id, action: "approval.expire" },
    })
    expect(event).toMatchObject({ actorKind: "system", targetId: third.id })
    expect((await house.call("describeServiceAccount", alice, of)).grants).toEqual([])
  })

  it("isn't done for somebody who lost the role meanwhile, or was disabled", async () => {
    const carol = await house.person(acme, { role: "lead", at: team, name: "Carol" })
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    const request = await asksFor("grantAccess", { ...(await anAccount()), access: "read" }, carol)
    await house.call("assignRole", owner, { scope: team, person: carol.id, role: "viewer" })
    await house.call("removeRole", owner, { scope: team, person: carol.id, role: "lead" })
    expect(await refused(accepts(request))).toMatchObject({ code: "forbidden" })
    await house.call("changePerson", owner, { person: carol.id, disabled: true })
    expect(await refused(accepts(request))).toMatchObject({ code: "conflict" })
    expect((await looksAt(request)).state).toBe("waiting")
  })

  it("says why, by who asked alone, and lists what waits", async () => {
    const request = await asksFor("grantAccess", { ...(await anAccount()), access: "read" })
    const said = { scope: prod, approval: request.id, reason: "The deploy of Friday needs it." }
    expect(await refused(house.call("explainApproval", bob, said))).toMatchObject({ code: "forbidden" })
    await house.call("explainApproval", alice, said)
    const { items, waiting } = await house.call("listApprovals", bob, { scope: team })
    expect(items[0]).toMatchObject({ id: request.id, reason: said.reason, isMine: false })
    expect(waiting).toBe(items.filter(({ state }) => state === "waiting").length)
    const first = await house.call("listApprovals", bob, { scope: team, state: "all", limit: 2 })
    const second = await house.call("listApprovals", bob, {
      scope: team,
      state: "all",
      limit: 2,
      cursor: first.nextCursor!,
    })
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(4)
    expect(await refused(house.call("listApprovals", bob, { scope: "acme.data" }))).toMatchObject({ code: "not_found" })
  })
})

describe("an access token where two people are asked for", () => {
  it("is made by who asked for it, within a day after somebody accepted, once", async () => {
    const of = await anAccount()
    const input = { ...of, name: "runner", cidrs: [] }
    const request = await asksFor("issueToken", input)
    expect(await accepts(request)).toMatchObject({ state: "accepted", isFinishedByRequester: true })
    // Another token, and somebody else's, wait by themselves.
    await asksFor("issueToken", { ...input, name: "other" })
    await asksFor("issueToken", input, bob)
    const { token, accessToken } = await house.call("issueToken", alice, input)
    expect(token).toMatch(/^srm_sat_/)
    expect((await looksAt(request)).state).toBe("done")
    const [mark] = await house.database.prisma.delegation.findMany({ where: { accessTokenId: accessToken.id } })
    expect(mark).toMatchObject({ byId: alice.id, confirmedById: bob.id, protection: "two_people" })
    const again = await asksFor("issueToken", input)
    expect(again.id).not.toBe(request.id)
  })

  it("isn't made any more when the day is over", async () => {
    const input = { ...(await anAccount()), name: "late", cidrs: [] }
    const request = await asksFor("issueToken", input)
    await accepts(request)
    await runOut(request)
    await expireApprovals(house.house)
    expect((await asksFor("issueToken", input)).id).not.toBe(request.id)
  })

  it("is made once, of two tries at once", async () => {
    const input = { ...(await anAccount()), name: "twice", cidrs: [] }
    await accepts(await asksFor("issueToken", input))
    const tries = await Promise.allSettled([1, 2, 3].map(() => house.call("issueToken", alice, input)))
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
  })

  it("waits when a workspace that the account reads asks for two people, though its own scope doesn't", async () => {
    const of = await anAccount(team)
    await house.call("grantAccess", alice, { ...of, grantScope: dev, access: "read" })
    await house.call("issueToken", alice, { ...of, name: "one person is enough", cidrs: [] })
    const grant = await asksFor("grantAccess", { ...of, grantScope: prod, access: "read" })
    await accepts(grant)
    const request = await asksFor("issueToken", { ...of, name: "reads production", cidrs: [] })
    expect(request.scope).toBe(team)
    expect(await looksAt(request)).toMatchObject({ protectedScopes: [prod], readers: [{ name: of.account }] })
  })
})

describe("what else lets machines read", () => {
  it("waits: enabling an account that reads there", async () => {
    const of = await anAccount()
    await accepts(await asksFor("grantAccess", { ...of, access: "read" }))
    await house.call("changeServiceAccount", alice, { ...of, disabled: true })
    const request = await asksFor("changeServiceAccount", { ...of, disabled: false })
    expect((await house.call("describeServiceAccount", alice, of)).disabled).toBe(true)
    await accepts(request)
    expect((await house.call("describeServiceAccount", alice, of)).disabled).toBe(false)
  })

  it("waits: a name that a grant's prefix reaches, a move to where others read", async () => {
    const of = await anAccount()
    await accepts(await asksFor("grantAccess", { ...of, access: "read", prefix: "OPEN_" }))
    await aVault(house, acme, { at: prod, name: "private", inheritable: false })
    await aSealedSecret(house, acme, { at: prod, vault: "private", name: "HIDDEN", values: ["1"] })
    const hidden = { scope: prod, vault: "private", secret: "HIDDEN" }
    const rename = await asksFor("changeSecret", { ...hidden, name: "OPEN_HIDDEN" })
    expect(await looksAt(rename)).toMatchObject({ secrets: [{ name: "HIDDEN" }], readers: [{ name: of.account }] })
    const ofDefault = await anAccount()
    await accepts(await asksFor("grantAccess", { ...ofDefault, access: "read", vault: "default" }))
    const move = await asksFor("moveSecret", { ...hidden, toScope: prod, toVault: "default" })
    expect(await looksAt(move)).toMatchObject({ secretCount: 1, readers: [{ name: ofDefault.account }] })
    await accepts(move)
    const moved = await house.call("describeSecret", alice, { scope: prod, vault: "default", secret: "HIDDEN" })
    expect(moved.vault).toBe("default")
    // What it was about isn't there any more.
    expect(await refused(accepts(rename))).toMatchObject({ code: "not_found" })
  })

  it("waits: a move to where one person is enough, though nobody new reads it there", async () => {
    await aSealedSecret(house, acme, { at: prod, name: "LEAVING", values: ["1"] })
    const request = await asksFor("moveSecret", {
      scope: prod,
      vault: "default",
      secret: "LEAVING",
      toScope: dev,
      toVault: "default",
    })
    await accepts(request)
    expect(
      await house.call("describeSecret", alice, { scope: dev, vault: "default", secret: "LEAVING" }),
    ).toMatchObject({
      scope: dev,
    })
  })

  it("isn't done when more would come of it than was read", async () => {
    await aVault(house, acme, { at: prod, name: "growing", inheritable: false })
    await aSealedSecret(house, acme, { at: prod, vault: "growing", name: "GROWS", values: ["1"] })
    const move = { scope: prod, vault: "growing", secret: "GROWS", toScope: prod, toVault: "default" }
    const early = await anAccount()
    await accepts(await asksFor("grantAccess", { ...early, access: "read", vault: "default" }))
    const request = await asksFor("moveSecret", move)
    const late = await anAccount()
    await accepts(await asksFor("grantAccess", { ...late, access: "read", vault: "default" }))
    const answer = await refused(accepts(request))
    expect(answer).toMatchObject({ code: "conflict" })
    expect(answer.message).toContain("Ask for it anew")
    expect((await house.call("describeSecret", alice, { scope: prod, vault: "growing", secret: "GROWS" })).name).toBe(
      "GROWS",
    )
  })

  it("doesn't wait: what lets nobody new read", async () => {
    await house.call("changeServiceAccount", alice, { ...ofCi, description: "Deploys" })
    await house.call("changeVault", alice, { scope: prod, vault: "default", description: "Main" })
    await house.call("createSecret", alice, { scope: prod, vault: "default", name: "FRESH", value: "x" })
    await house.call("writeVersion", alice, {
      scope: prod,
      vault: "default",
      secret: "FRESH",
      value: "y",
      expectedVersion: 1,
    })
    const of = await anAccount()
    const { grants } = await house.call("describeServiceAccount", alice, ofCi)
    await house.call("revokeGrant", alice, { ...ofCi, grant: grants[0]!.id })
    await house.call("changeServiceAccount", alice, { ...of, disabled: true })
    await house.call("changeServiceAccount", alice, { ...of, disabled: false })
  })
})

describe("protection by two people", () => {
  it("takes one to raise, where there is a second; and two to lower", async () => {
    const at = await house.organization("solo")
    const owner = await house.person(at, { role: "owner", at: "solo", name: "Olga" })
    const raise = { scope: "solo.data", protection: "two_people" } as const
    const answer = await refused(house.call("changeScope", owner, raise))
    expect(answer).toMatchObject({ code: "conflict" })
    expect(answer.message).toContain("Only you may delegate in solo.data")
    const admin = await house.person(at, { role: "admin", at: "solo", name: "Adam" })
    expect(await house.call("changeScope", owner, raise)).toMatchObject({
      protection: "two_people",
      effectiveProtection: "two_people",
    })
    const beneath = await house.call("describeScope", owner, { scope: "solo.data.batch" })
    expect(beneath).toMatchObject({ protection: "recorded", effectiveProtection: "two_people" })
    const lower = { scope: "solo.data", protection: "recorded" } as const
    const request = await asksFor("changeScope", lower, owner)
    expect((await house.call("describeScope", owner, { scope: "solo.data" })).protection).toBe("two_people")
    await accepts(request, admin)
    expect((await house.call("describeScope", owner, { scope: "solo.data" })).protection).toBe("recorded")
  })

  it("counts beneath a scope that asks for it", async () => {
    const admin = await house.person(acme, { role: "admin", at: "acme" })
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    await house.call("changeScope", admin, { scope: "acme.data", protection: "two_people" })
    await house.call("createServiceAccount", admin, { scope: "acme.data.batch", name: "etl" })
    const request = await asksFor("grantAccess", { scope: "acme.data.batch", account: "etl", access: "read" }, admin)
    await accepts(request, owner)
  })

  it("is what production starts with, where there are two", async () => {
    const at = await house.organization("fresh")
    const owner = await house.person(at, { role: "owner", at: "fresh" })
    const production = { scope: "fresh.data", environment: "production" } as const
    expect((await house.call("createScope", owner, { ...production, slug: "one" })).protection).toBe("recorded")
    await house.person(at, { role: "lead", at: "fresh.data" })
    expect((await house.call("createScope", owner, { ...production, slug: "two" })).protection).toBe("two_people")
    const staging = { scope: "fresh.data", environment: "staging", slug: "three" } as const
    expect((await house.call("createScope", owner, staging)).protection).toBe("recorded")
  })

  it("answers the same Idempotency-Key with the same request", async () => {
    const input = { ...(await anAccount()), access: "read" } as const
    const ask = (): Promise<AppError> =>
      refused(house.call("grantAccess", alice, input, { idempotencyKey: "grant-it-once" }))
    const { approval } = await ask()
    expect(approval).toBeDefined()
    expect((await ask()).approval).toEqual(approval)
  })
})

/** As if its days were over. */
async function runOut({ id }: ApprovalReference): Promise<void> {
  await house.database.prisma.approval.update({
    where: { organizationId_id: { organizationId: acme.id, id } },
    data: { expiresAt: new Date(Date.now() - 1000) },
  })
}
