import { afterAll, beforeAll, expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import { newToken } from "../../crypto/tokens.ts"
import { newId } from "../../db/ids.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"

const nobody = { kind: "nobody" } as const

let house: TestHouse
let acme: TestOrganization
let owner: PersonCaller

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  owner = await house.person(acme, { role: "owner", at: "acme", name: "Olive" })
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

async function invite(by: PersonCaller, input: Partial<InputOf<"invite">> = {}) {
  const { link, invitation } = await house.call("invite", by, { scope: "acme.payments", role: "editor", ...input })
  return { link: link!, code: link!.split("/").at(-1)!, invitation }
}

let guests = 0
function aGuest(): { name: string; email: string; password: string } {
  guests += 1
  return {
    name: `Guest ${String(guests)}`,
    email: `guest-${String(guests)}@example.com`,
    password: "correct horse battery",
  }
}

function accept(code: string, changes: Partial<InputOf<"acceptInvitation">> = {}, address = "192.0.2.1") {
  return house.call("acceptInvitation", nobody, { ...aGuest(), code, ...changes }, { address })
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
  )
}

it("makes a link that lets one person in, with the role that it says", async () => {
  const { link, code, invitation } = await invite(owner)
  expect(link).toBe(`http://localhost:3000/join/${code}`)
  expect(invitation).toMatchObject({
    state: "open",
    role: "editor",
    scope: "acme.payments",
    invitedBy: { name: "Olive" },
  })
  expect(await house.call("describeInvitation", nobody, { code })).toMatchObject({
    organization: "acme",
    scope: "acme.payments",
    role: "editor",
    invitedBy: "Olive",
  })
  const guest = aGuest()
  const { person } = await accept(code, guest)
  expect(await house.call("describePerson", owner, { person })).toMatchObject({
    name: guest.name,
    signsInBy: ["password"],
    roles: [{ scope: "acme.payments", role: "editor", grantedBy: { name: "Olive" } }],
  })
  expect(await house.call("signIn", nobody, { email: guest.email, password: guest.password })).toMatchObject({
    person: { id: person },
  })
})

it("lets one of two in who accept at once, and nobody afterwards", async () => {
  const { code } = await invite(owner)
  const codes = await Promise.all([codeOf(accept(code)), codeOf(accept(code))])
  expect(codes.toSorted()).toEqual(["gone", "ok"])
  expect(await codeOf(accept(code))).toBe("gone")
  expect(await codeOf(house.call("describeInvitation", nobody, { code }))).toBe("gone")
})

it("gives nothing when its inviter may not give the role any more", async () => {
  const admin = await house.person(acme, { role: "admin", at: "acme" })
  const { code } = await invite(admin, { scope: "acme", role: "admin" })
  await house.call("removeRole", owner, { scope: "acme", person: admin.id, role: "admin" })
  await house.call("assignRole", owner, { scope: "acme.payments", person: admin.id, role: "lead" })
  expect(await codeOf(accept(code))).toBe("gone")

  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  const byLead = await invite(lead)
  await house.call("changePerson", owner, { person: lead.id, disabled: true })
  expect(await codeOf(house.call("describeInvitation", nobody, { code: byLead.code }))).toBe("gone")
  expect(await codeOf(accept(byLead.code))).toBe("gone")
  await house.call("changePerson", owner, { person: lead.id, disabled: false })
  expect(await codeOf(accept(byLead.code))).toBe("ok")
})

it("is dead when it was taken back or has expired", async () => {
  const { code, invitation } = await invite(owner)
  await house.call("revokeInvitation", owner, { scope: "acme.payments", invitation: invitation.id })
  expect(await codeOf(accept(code))).toBe("gone")
  const late = await invite(owner)
  await house.database.prisma.invitation.updateMany({
    where: { id: late.invitation.id },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
  expect(await codeOf(accept(late.code))).toBe("gone")
})

it("can be taken back at its own scope only, by who manages people there", async () => {
  const { invitation } = await invite(owner)
  const lead = await house.person(acme, { role: "lead", at: "acme.data" })
  const revoke = (by: PersonCaller, scope: string): Promise<string> =>
    codeOf(house.call("revokeInvitation", by, { scope, invitation: invitation.id }))
  expect(await revoke(lead, "acme.data")).toBe("not_found")
  expect(await revoke(lead, "acme.payments")).toBe("not_found")
  expect(await revoke(owner, "acme")).toBe("not_found")
  expect(await revoke(owner, "acme.payments")).toBe("ok")
})

it("for one address lets nobody else in, and that address however it is written", async () => {
  const guest = aGuest()
  const { code } = await invite(owner, { email: guest.email })
  await expect(accept(code)).rejects.toMatchObject({ code: "forbidden", fields: { email: expect.any(String) } })
  expect(await codeOf(accept(code, { ...guest, email: guest.email.toUpperCase() }))).toBe("ok")
})

it("says so when there is an account with the address already, and stays open", async () => {
  const { code } = await invite(owner)
  const taken = accept(code, { email: owner.email.toUpperCase() })
  await expect(taken).rejects.toMatchObject({ code: "conflict", fields: { email: expect.any(String) } })
  expect(await codeOf(accept(code))).toBe("ok")
  await expect(invite(owner, { email: owner.email })).rejects.toMatchObject({ code: "conflict" })
})

it("refuses addresses that aren't one plain address", async () => {
  const { code } = await invite(owner)
  const strange = [
    "a＠example.com",
    '"a@b"@example.com',
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com,b@example.com",
    "a@b",
    "",
  ]
  for (const email of strange) expect(await codeOf(accept(code, { email })), email).toBe("invalid")
})

it("isn't found without its code, and guessing at codes is slowed", async () => {
  const { code } = await invite(owner)
  const address = "198.51.100.99"
  const wrong = [code.slice(0, -1), newToken("inv", newId()).token, newToken("pat", newId()).token, "x".repeat(64)]
  for (const guess of wrong) expect(await codeOf(accept(guess, {}, address))).toBe("not_found")
  const more = await Promise.all(Array.from({ length: 20 }, () => codeOf(accept("x".repeat(64), {}, address))))
  expect(more.filter((answer) => answer === "not_found")).toHaveLength(16)
  expect(await codeOf(accept(code, {}, "198.51.100.98"))).toBe("ok")
})

it("is listed for its scope and those above, newest first, by pages", async () => {
  const team = await house.organization("listed")
  const admin = await house.person(team, { role: "admin", at: "listed" })
  const lead = await house.person(team, { role: "lead", at: "listed.payments" })
  const ids: string[] = []
  for (const scope of ["listed.payments", "listed.data", "listed.payments.prod"]) {
    ids.push((await house.call("invite", admin, { scope, role: "viewer" })).invitation.id)
  }
  const first = await house.call("listInvitations", admin, { scope: "listed", limit: 2 })
  const rest = await house.call("listInvitations", admin, { scope: "listed", limit: 2, cursor: first.nextCursor! })
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed())
  const seen = await house.call("listInvitations", lead, { scope: "listed.payments" })
  expect(seen.items.map(({ id }) => id)).toEqual([ids[2], ids[0]])
  expect(JSON.stringify(seen)).not.toContain("srm_inv")
})
