/**
 * The rule for who may do what with people, beside the one for scopes in authorize.ts: nobody gives a role that stands
 * above their own, and nobody acts on a person who holds one.
 */
import type { Permission } from "../../contract/dto.ts"
import { type Role, roleGivenAt, type ScopeKind } from "../../contract/words.ts"
import { findPerson, type StoredPerson } from "../../db/people.ts"
import { isWithin } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { callingPerson, permissionsOfRole, rankOfRole, rolesAt } from "../authorize.ts"
import type { HeldRole, PersonCaller } from "../caller.ts"
import type { Context } from "../context.ts"

/** Whether somebody with these roles may give or take a role at a scope: they manage people there, and rank as high. */
export function mayGive(roles: readonly HeldRole[], role: Role, scopePath: string): boolean {
  return rolesAt(roles, scopePath).some(
    (held) => has(held.role, "people.manage") && rankOfRole[held.role] >= rankOfRole[role],
  )
}

export function requireMayGive(caller: PersonCaller, role: Role, scopePath: string): void {
  if (mayGive(caller.roles, role, scopePath)) return
  const message = `You may not give or take the role ${role} in ${scopePath}: it stands above yours. Ask somebody who holds it.`
  throw new AppError("forbidden", message, { fields: { role: "This role stands above yours." } })
}

/** A role is for certain kinds of scopes. Throws `invalid`. */
export function requireGivenAt(role: Role, { kind, path }: { kind: ScopeKind; path: string }): void {
  if (roleGivenAt[role].includes(kind)) return
  const message = `The role ${role} is given at a scope of the kind ${roleGivenAt[role].join(" or ")}, and ${path} is a ${kind}.`
  throw new AppError("invalid", message, { fields: { role: message } })
}

/** Which roles of people the person who asks gets to see: where they read people, above that, and beneath it. */
export function seesRoleAt(caller: PersonCaller, scopePath: string): boolean {
  return caller.roles.some(
    (held) =>
      has(held.role, "people.read") && (isWithin(scopePath, held.scopePath) || isWithin(held.scopePath, scopePath)),
  )
}

/**
 * A person of one's own organization whom one may see: oneself, or somebody with a role that one sees. Throws
 * `not_found` for everybody else, whether they exist or not, but `forbidden` to somebody who sees the very scope
 * where the person has a role, and may not read people.
 */
export async function findVisiblePerson(context: Context, id: string): Promise<StoredPerson> {
  const caller = callingPerson(context)
  const person = await findPerson(context.house.database.prisma, caller.organizationId, id)
  if (person === undefined) throw noSuchPerson()
  if (id !== caller.id && !sees(caller, person)) {
    throw person.roles.some(({ scopePath }) => rolesAt(caller.roles, scopePath).length > 0)
      ? notForYou()
      : noSuchPerson()
  }
  context.about({ target: { kind: "person", id, name: person.name } })
  return person
}

/** A person over whom one may act: oneself could give every role that they have. Throws `not_found` or `forbidden`. */
export async function findManagedPerson(context: Context, id: string): Promise<StoredPerson> {
  const person = await findVisiblePerson(context, id)
  const caller = callingPerson(context)
  if (manages(caller, person)) return person
  throw new AppError(
    "forbidden",
    "You may not do this: they have a role above yours, or where you don't manage people. Ask an owner or an admin.",
  )
}

function manages(caller: PersonCaller, person: StoredPerson): boolean {
  if (person.roles.length === 0) return holdsAtOrganization(caller, "people.manage")
  return person.roles.every(({ role, scopePath }) => mayGive(caller.roles, role, scopePath))
}

function sees(caller: PersonCaller, person: StoredPerson): boolean {
  if (person.roles.length === 0) return holdsAtOrganization(caller, "people.read")
  return person.roles.some(({ scopePath }) => seesRoleAt(caller, scopePath))
}

function holdsAtOrganization({ roles }: PersonCaller, permission: Permission): boolean {
  return roles.some(({ role, scopeKind }) => scopeKind === "organization" && has(role, permission))
}

function has(role: Role, permission: Permission): boolean {
  return permissionsOfRole[role].includes(permission)
}

export function noSuchPerson(): AppError {
  return new AppError("not_found", "There is no such person that you may see.")
}

function notForYou(): AppError {
  return new AppError(
    "forbidden",
    "You may not see people here. Ask somebody with the role owner, admin, lead or auditor.",
  )
}
