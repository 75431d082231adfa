import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Role } from "../../contract/words.ts"
import { roles } from "../../contract/words.ts"
import { newId } from "../../db/ids.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"

let house: TestHouse
let acme: TestOrganization
let owner: PersonCaller

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  owner = await house.person(acme, { role: "owner", at: "acme" })
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

const placeOf: Record<Role, string> = {
  owner: "acme",
  admin: "acme",
  auditor: "acme",
  lead: "acme.payments",
  editor: "acme.payments",
  viewer: "acme.payments",
}

async function a(role: Role, at: string = placeOf[role]): Promise<PersonCaller> {
  return house.person(acme, { role, at })
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
  )
}

async function rolesOf(person: PersonCaller): Promise<string[]> {
  const rows = await house.database.prisma.roleAssignment.findMany({
    where: { personId: person.id },
    select: { role: true, scope: { select: { path: true } } },
  })
  return rows.map(({ role, scope }) => `${role} ${scope.path}`).toSorted()
}

describe("giving roles", () => {
  it("lets nobody but an owner or an admin change what they are themselves, in any of the ways there are", async () => {
    let ways = 0
    for (const role of ["auditor", "lead", "editor", "viewer"] as const) {
      const mallory = await a(role)
      const had = await rolesOf(mallory)
      for (const scope of ["acme", "acme.payments", "acme.payments.prod", "acme.data"]) {
        for (const wanted of [...roles, "OWNER", "ｏｗｎｅｒ", " owner", "owner\u0000"]) {
          const input = { scope, person: mallory.id, role: wanted as Role } // what a type can't stop
          await codeOf(house.call("assignRole", mallory, input))
          await codeOf(house.call("invite", mallory, { scope, role: wanted as Role }))
          ways += 2
        }
      }
      // A lead may give within the team what doesn't stand above them, and that is all.
      const allowed =
        role === "lead"
          ? [
              ...had,
              "editor acme.payments",
              "editor acme.payments.prod",
              "viewer acme.payments",
              "viewer acme.payments.prod",
            ]
          : had
      expect(await rolesOf(mallory), role).toEqual(allowed.toSorted())
    }
    expect(ways).toBeGreaterThanOrEqual(60)
    const above = await house.database.prisma.invitation.count({
      where: { role: { in: ["owner", "admin", "auditor"] } },
    })
    expect(above).toBe(0)
  })

  it("lets an admin make admins and no owner, and take no owner's role", async () => {
    const admin = await a("admin")
    const viewer = await a("viewer")
    expect(await codeOf(house.call("assignRole", admin, { scope: "acme", person: viewer.id, role: "admin" }))).toBe(
      "ok",
    )
    const makesOwner = house.call("assignRole", admin, { scope: "acme", person: viewer.id, role: "owner" })
    await expect(makesOwner).rejects.toMatchObject({ code: "forbidden", fields: { role: expect.any(String) } })
    expect(await codeOf(house.call("removeRole", admin, { scope: "acme", person: owner.id, role: "owner" }))).toBe(
      "forbidden",
    )
    expect(await codeOf(house.call("changePerson", admin, { person: owner.id, disabled: true }))).toBe("forbidden")
  })

  it("gives a role only at the kinds of scopes that it is for", async () => {
    const viewer = await a("viewer")
    const wrong: [Role, string][] = [
      ["owner", "acme.payments"],
      ["auditor", "acme.payments.prod"],
      ["lead", "acme"],
      ["lead", "acme.payments.prod"],
      ["viewer", "acme"],
    ]
    for (const [role, scope] of wrong) {
      const input = { scope, person: viewer.id, role }
      await expect(house.call("assignRole", owner, input)).rejects.toMatchObject({
        code: "invalid",
        fields: { role: expect.any(String) },
      })
    }
  })

  it("keeps the last owner: their role, their account, also of two who remove each other at once", async () => {
    const lone = await house.organization("lone")
    const [first, second] = [
      await house.person(lone, { role: "owner", at: "lone" }),
      await house.person(lone, { role: "owner", at: "lone" }),
    ]
    const results = await Promise.all([
      codeOf(house.call("removeRole", first, { scope: "lone", person: second.id, role: "owner" })),
      codeOf(house.call("changePerson", second, { person: first.id, disabled: true })),
    ])
    expect(results.toSorted()).toEqual(["conflict", "ok"])
    const left = await house.database.prisma.roleAssignment.findMany({
      where: { organizationId: lone.id, role: "owner", person: { disabledAt: null } },
    })
    expect(left).toHaveLength(1)
    const last = left[0]!.personId === first.id ? first : second
    expect(await codeOf(house.call("removeRole", last, { scope: "lone", person: last.id, role: "owner" }))).toBe(
      "conflict",
    )
  })

  it("doesn't find people of another organization, and says so as of a random id", async () => {
    const other = await house.organization("other")
    const stranger = await house.person(other, { role: "owner", at: "other" })
    const message = async (id: string): Promise<unknown> =>
      house.call("describePerson", owner, { person: id }).catch((error: unknown) => error)
    const ofStranger = await message(stranger.id)
    expect(ofStranger).toMatchObject({ code: "not_found" })
    expect(ofStranger).toEqual(await message(newId()))
    const acts = ["changePerson", "listSessions", "endAllSessions"] as const
    for (const act of acts) expect(await codeOf(house.call(act, owner, { person: stranger.id })), act).toBe("not_found")
    expect(
      await codeOf(house.call("assignRole", owner, { scope: "acme.payments", person: stranger.id, role: "viewer" })),
    ).toBe("not_found")
  })
})

describe("disabling", () => {
  it("ends sessions and tokens for their next request, and enabling brings none back", async () => {
    const editor = await a("editor")
    const session = { kind: "session", id: (await signedIn(editor)).session } as const
    const { token } = await house.core.call("createPersonalToken", session, { name: "laptop" }, aRequest())
    const both = [session, { kind: "bearer", token: token! } as const]
    for (const credential of both)
      expect(await codeOf(house.core.call("describeMe", credential, {}, aRequest()))).toBe("ok")
    await house.call("changePerson", owner, { person: editor.id, disabled: true })
    await house.call("changePerson", owner, { person: editor.id, disabled: false })
    for (const credential of both)
      expect(await codeOf(house.core.call("describeMe", credential, {}, aRequest()))).toBe("unauthenticated")
  })

  it("is for who manages people wherever the person has a role", async () => {
    const lead = await a("lead")
    const inTeam = await a("viewer")
    const alsoElsewhere = await a("viewer")
    await house.call("assignRole", owner, { scope: "acme.data", person: alsoElsewhere.id, role: "viewer" })
    expect(await codeOf(house.call("changePerson", lead, { person: alsoElsewhere.id, disabled: true }))).toBe(
      "forbidden",
    )
    expect(await codeOf(house.call("endAllSessions", lead, { person: alsoElsewhere.id }))).toBe("forbidden")
    expect(await codeOf(house.call("changePerson", lead, { person: inTeam.id, disabled: true }))).toBe("ok")
    expect(await codeOf(house.call("changePerson", lead, { person: lead.id, disabled: true }))).toBe("conflict")
    expect(await codeOf(house.call("changePerson", lead, { person: lead.id, name: "Lea" }))).toBe("ok")
  })
})

describe("sessions", () => {
  it("are listed newest first by pages, and end one by one or all at once, personal tokens with them", async () => {
    const viewer = await a("viewer")
    const { token } = await house.call("createPersonalToken", viewer, { name: "laptop" })
    const opened = [await signedIn(viewer), await signedIn(viewer), await signedIn(viewer)]
    const first = await house.call("listSessions", viewer, { person: viewer.id, limit: 2 })
    const second = await house.call("listSessions", viewer, { person: viewer.id, limit: 2, cursor: first.nextCursor! })
    const listed = [...first.items, ...second.items]
    expect(listed).toHaveLength(4)
    expect(second.nextCursor).toBeNull()
    expect(listed.filter(({ isThis }) => isThis)).toHaveLength(1)
    expect(listed.map(({ createdAt }) => createdAt)).toEqual(
      listed
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    )
    await house.call("endSession", owner, { person: viewer.id, session: listed[0]!.id })
    expect(await codeOf(house.call("endSession", owner, { person: viewer.id, session: listed[0]!.id }))).toBe(
      "not_found",
    )
    expect(await house.call("endAllSessions", owner, { person: viewer.id })).toEqual({ ended: 3, tokensRevoked: 1 })
    expect(await codeOf(house.core.call("describeMe", { kind: "bearer", token: token! }, {}, aRequest()))).toBe(
      "unauthenticated",
    )
    const asks = opened.map(({ session }) =>
      codeOf(house.core.call("describeMe", { kind: "session", id: session }, {}, aRequest())),
    )
    expect(await Promise.all(asks)).toEqual(["unauthenticated", "unauthenticated", "unauthenticated"])
  })

  it("end under the person whose they are only: no crossed pair ends any", async () => {
    const viewer = await a("viewer")
    const other = await a("viewer")
    const sessions = (await house.call("listSessions", other, { person: other.id })).items
    for (const { id } of sessions) {
      expect(await codeOf(house.call("endSession", owner, { person: viewer.id, session: id }))).toBe("not_found")
      expect(await codeOf(house.call("endSession", viewer, { person: viewer.id, session: id }))).toBe("not_found")
    }
    const tokens = await house.call("createPersonalToken", other, { name: "t" })
    expect(await codeOf(house.call("revokePersonalToken", viewer, { token: tokens.personalToken.id }))).toBe(
      "not_found",
    )
    expect((await house.call("listPersonalTokens", other, {})).items[0]?.revokedAt).toBeNull()
    expect((await house.call("listSessions", other, { person: other.id })).items).toHaveLength(sessions.length)
  })

  it("are nobody else's business without managing people", async () => {
    const viewer = await a("viewer")
    const auditor = await a("auditor")
    const editor = await a("editor")
    expect(await codeOf(house.call("listSessions", auditor, { person: viewer.id }))).toBe("forbidden")
    expect(await codeOf(house.call("listSessions", editor, { person: viewer.id }))).toBe("forbidden")
    const elsewhere = await a("editor", "acme.data")
    expect(await codeOf(house.call("listSessions", elsewhere, { person: viewer.id }))).toBe("not_found")
  })
})

describe("people of a scope", () => {
  it("are those with a role there, above or beneath, by pages that stay right while people come", async () => {
    const team = await house.organization("paged")
    const lead = await house.person(team, { role: "lead", at: "paged.payments", name: "Lead" })
    for (const name of ["Ada", "Bea", "Cyd"])
      await house.person(team, { role: "viewer", at: "paged.payments.prod", name })
    await house.person(team, { role: "viewer", at: "paged.data", name: "Elsewhere" })
    await house.person(team, { role: "owner", at: "paged", name: "Owner" })
    await house.person(team)
    const first = await house.call("listPeople", lead, { scope: "paged.payments", limit: 2 })
    await house.person(team, { role: "viewer", at: "paged.payments", name: "Aaron" })
    const rest = await house.call("listPeople", lead, { scope: "paged.payments", cursor: first.nextCursor! })
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(["Ada", "Bea", "Cyd", "Lead", "Owner"])
    expect(rest.nextCursor).toBeNull()
  })

  it("show no role at a scope that the caller may not see", async () => {
    const lead = await a("lead")
    const both = await a("viewer")
    await house.call("assignRole", owner, { scope: "acme.data", person: both.id, role: "viewer" })
    const seen = await house.call("describePerson", lead, { person: both.id })
    expect(seen.roles.map(({ scope }) => scope)).toEqual(["acme.payments"])
    expect(seen.effective.map(({ scope }) => scope)).toEqual(["acme.payments"])
    const seenByOwner = await house.call("describePerson", owner, { person: both.id })
    expect(seenByOwner.roles).toMatchObject([
      { scope: "acme.data", grantedBy: { id: owner.id, name: owner.name } },
      { scope: "acme.payments", grantedBy: { kind: "system" } },
    ])
    expect(await house.call("describePerson", both, { person: both.id })).toMatchObject({ roles: [{}, {}] })
  })
})

/** A session of the person's, opened as `signIn` opens it. */
async function signedIn({ organizationId, id, name, email }: PersonCaller) {
  const { openSession } = await import("./opening-sessions.ts")
  const context = { request: aRequest(), about: () => undefined }
  const account = { organizationId, id, name, email, passwordHash: null, disabledAt: null }
  const session = await house.database.prisma.$transaction((tx) =>
    openSession(tx, context, account, { method: "password", signedInAt: null }),
  )
  return session!
}
