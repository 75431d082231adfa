import { z } from "zod"
import type { Actor, PersonDetail, PersonSummary, RoleAssignment } from "../../contract/dto.ts"
import type { Transaction } from "../../db/database.ts"
import type { StoredGranter, StoredPerson, StoredRole } from "../../db/people.ts"
import * as people from "../../db/people.ts"
import * as roles from "../../db/roles.ts"
import { AppError } from "../../errors.ts"
import { authorize, callingPerson, permissionsAt } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { readCursor, toPage } from "../paging.ts"
import { endEverywhere } from "./end-everywhere.ts"
import {
  findManagedPerson,
  findVisiblePerson,
  noSuchPerson,
  requireGivenAt,
  requireMayGive,
  seesRoleAt,
} from "./person-rule.ts"

const listPeople: UseCase<"listPeople"> = async (context, { scope, cursor, limit }) => {
  const permit = await authorize(context, "people.read", scope)
  const after = readCursor(cursor, z.object({ name: z.string(), id: z.uuid() }))
  const rows = await people.listPeople(context.house.database.prisma, permit.scope, { after, limit })
  return toPage(
    rows,
    limit,
    ({ name, id }) => ({ name, id }),
    (person) => summarize(permit.caller, person),
  )
}

const describePerson: UseCase<"describePerson"> = async (context, { person: id }) =>
  describe(callingPerson(context), await findVisiblePerson(context, id))

const changePerson: UseCase<"changePerson"> = async (context, { person: id, name, disabled }) => {
  const caller = callingPerson(context)
  const isSelf = id === caller.id
  const person = isSelf ? await findVisiblePerson(context, id) : await findManagedPerson(context, id)
  if (isSelf && disabled === true) throw disablesSelf()
  for (const { role, scopePath } of isSelf ? [] : person.roles) requireMayGive(caller, role, scopePath)
  return context.commit(async (tx) => {
    if (disabled === true) await disable(tx, context, person)
    await people.changePerson(tx, person, { name, disabled })
    context.about({
      details: { ...(name === undefined ? {} : { name }), ...(disabled === undefined ? {} : { disabled }) },
    })
    return describeNow(tx, caller, id)
  })
}

const assignRole: UseCase<"assignRole"> = async (context, { scope: path, person: id, role }) => {
  const { scope, caller } = await authorize(context, "people.manage", path)
  requireGivenAt(role, scope)
  requireMayGive(caller, role, path)
  const person = await people.findPerson(context.house.database.prisma, scope.organizationId, id)
  if (person === undefined) throw noSuchPerson()
  context.about({ target: { kind: "person", id, name: person.name }, details: { role } })
  return context.commit(async (tx) => {
    const { organizationId, id: scopeId } = scope
    await roles.addRole(tx, { organizationId, personId: id, scopeId, role, grantedById: caller.id })
    return describeNow(tx, caller, id)
  })
}

const removeRole: UseCase<"removeRole"> = async (context, { scope: path, person: id, role }) => {
  const { scope, caller } = await authorize(context, "people.manage", path)
  requireMayGive(caller, role, path)
  const person = await people.findPerson(context.house.database.prisma, scope.organizationId, id)
  const held = person?.roles.find((each) => each.role === role && each.scopeId === scope.id)
  if (person === undefined || held === undefined)
    throw new AppError("not_found", `They don't have the role ${role} in ${path}.`)
  context.about({ target: { kind: "person", id, name: person.name }, details: { role } })
  return context.commit(async (tx) => {
    if (role === "owner") await requireAnotherOwner(tx, person)
    await roles.removeRole(tx, { organizationId: scope.organizationId, personId: id, scopeId: scope.id, role })
    return {}
  })
}

export const managingPeople: UseCases<"listPeople" | "describePerson" | "changePerson" | "assignRole" | "removeRole"> =
  { listPeople, describePerson, changePerson, assignRole, removeRole }

async function disable(tx: Transaction, context: Context, person: StoredPerson): Promise<void> {
  if (person.roles.some(({ role }) => role === "owner")) await requireAnotherOwner(tx, person)
  await people.changePerson(tx, person, { disabled: true })
  context.about({ details: { ...(await endEverywhere(tx, person)) } })
}

async function requireAnotherOwner(tx: Transaction, { organizationId, id }: StoredPerson): Promise<void> {
  if (await roles.hasAnotherOwner(tx, organizationId, id)) return
  throw new AppError("conflict", "This is the last owner of the organization. Make somebody else an owner first.")
}

async function describeNow(tx: Transaction, caller: PersonCaller, id: string): Promise<PersonDetail> {
  const person = await people.findPerson(tx, caller.organizationId, id)
  if (person === undefined) throw noSuchPerson()
  return describe(caller, person)
}

function summarize(caller: PersonCaller, person: StoredPerson): PersonSummary {
  const { id, name, email, disabledAt, lastSeenAt } = person
  return {
    id,
    name,
    email,
    disabled: disabledAt !== null,
    roles: shownRoles(caller, person).map(toAssignment),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  }
}

function describe(caller: PersonCaller, person: StoredPerson): PersonDetail {
  const paths = [...new Set(shownRoles(caller, person).map(({ scopePath }) => scopePath))]
  return {
    ...summarize(caller, person),
    createdAt: person.createdAt.toISOString(),
    signsInBy: [...(person.hasPassword ? ["password"] : []), ...person.issuers],
    effective: paths.map((scope) => ({ scope, permissions: permissionsAt(person.roles, scope) })),
  }
}

/** A role somewhere else would tell of a scope that the caller may not see. */
function shownRoles(caller: PersonCaller, { id, roles: held }: StoredPerson): StoredRole[] {
  return id === caller.id ? held : held.filter(({ scopePath }) => seesRoleAt(caller, scopePath))
}

function toAssignment({ scopePath, role, since, grantedBy }: StoredRole): RoleAssignment {
  return { scope: scopePath, role, since: since.toISOString(), grantedBy: toGranter(grantedBy) }
}

function toGranter(granter: StoredGranter): Actor {
  if (granter === null) return { kind: "system", id: null, name: "Strongroom" }
  if (granter.name === null) return { kind: "person", id: null, name: "somebody who is gone" }
  return { kind: "person", id: granter.id, name: granter.name }
}

function disablesSelf(): AppError {
  return new AppError("conflict", "You can't disable yourself. Ask somebody else who manages people.")
}
