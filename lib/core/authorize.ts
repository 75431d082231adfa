/**
 * The one rule for who may do what. `authorize` hands out a Permit, and nothing that touches a scope, a secret or an
 * account runs without one. Deny by default; a scope that the caller may not see is not found, whether it exists or not.
 */

import type { Permission } from "../contract/dto.ts"
import type { Role } from "../contract/words.ts"
import { isWithin, lookUpScope, type ScopeRef } from "../db/scopes.ts"
import { AppError } from "../errors.ts"
import type { HeldRole, PersonCaller } from "./caller.ts"
import type { Context } from "./context.ts"

/** What an admin may do everywhere, and a lead within the team. */
const managing: readonly Permission[] = [
  "metadata.read",
  "scope.manage",
  "vault.manage",
  "secret.write",
  "secret.destroy",
  "people.read",
  "people.manage",
  "service_account.manage",
  "delegate",
  "audit.read",
]

/** What each role may do at its scope and beneath it. No role reads a value: `secret.read` is no person's. */
export const permissionsOfRole: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ["organization.manage", ...managing],
  admin: managing,
  auditor: ["metadata.read", "people.read", "audit.read"],
  lead: managing,
  editor: ["metadata.read", "secret.write", "secret.destroy"],
  viewer: ["metadata.read"],
}

/** Roles from the most to the least that they may; nobody gives a role that stands before their own. */
export const rankOfRole: Readonly<Record<Role, number>> = {
  owner: 5,
  admin: 4,
  lead: 3,
  auditor: 2,
  editor: 2,
  viewer: 1,
}

declare const permitted: unique symbol

/** Proof that the rule was checked: this caller, this permission, this scope. Only this file makes one. */
export interface Permit<Allowed extends Permission = Permission> {
  readonly permission: Allowed
  readonly scope: ScopeRef
  readonly caller: PersonCaller
  readonly [permitted]: true
}

/**
 * Checks that the person who asks has the permission at the scope. Throws `not_found` when they may not even see the
 * scope, `forbidden` when they may see it but not this.
 */
export async function authorize<Allowed extends Permission>(
  context: Context,
  permission: Allowed,
  scopePath: string,
): Promise<Permit<Allowed>> {
  const caller = callingPerson(context)
  const scope = await lookUpScope(context.house.database, caller.organizationId, scopePath)
  if (scope === undefined || !mayAt(caller, "metadata.read", scope)) throw noSuchScope(scopePath)
  context.about({ scope: { id: scope.id, path: scope.path } })
  if (!mayAt(caller, permission, scope)) throw notAllowed(permission, scope)
  return makePermit(caller, permission, scope)
}

/** The person who asks, in an operation that only people may call. Throws `forbidden` to anybody else. */
export function callingPerson({ caller }: Pick<Context, "caller">): PersonCaller {
  if (caller.kind === "person") return caller
  throw new AppError("forbidden", "Only a person may do this. Sign in, or use a personal token.")
}

/** Whether a role of the person's gives the permission at the scope. For lists and pages; acts call `authorize`. */
export function mayAt(caller: PersonCaller, permission: Permission, scope: Pick<ScopeRef, "path">): boolean {
  return rolesAt(caller.roles, scope.path).some(({ role }) => permissionsOfRole[role].includes(permission))
}

/** All that the person may do at a scope, in the order of the permissions' table. */
export function permissionsAt(roles: readonly HeldRole[], scopePath: string): Permission[] {
  return [...new Set(rolesAt(roles, scopePath).flatMap(({ role }) => permissionsOfRole[role]))]
}

/** The roles that hold at a scope: those given there or above. */
export function rolesAt(roles: readonly HeldRole[], scopePath: string): HeldRole[] {
  return roles.filter((held) => isWithin(scopePath, held.scopePath))
}

/** How long after proving who they are a person may delegate. */
export const freshForMinutes = 10

/**
 * Delegating makes a value readable by something, so it needs a sign-in that is fresh. Throws `forbidden` with the
 * field `signIn`, by which a console knows to ask for the password and to try again.
 */
export function requireFreshSignIn({ signedInAt }: PersonCaller, now: Date): void {
  const ageMinutes = (now.getTime() - signedInAt.getTime()) / 60_000
  if (ageMinutes <= freshForMinutes) return
  const message = `This lets a machine read values, so your sign-in must be at most ${String(freshForMinutes)} minutes old. Confirm your password and try again.`
  throw new AppError("forbidden", message, { fields: { signIn: "Confirm that it is you." } })
}

export function noSuchScope(path: string): AppError {
  return new AppError("not_found", `There is no scope "${path}" that you may see.`)
}

export function notAllowed(permission: Permission, scope: Pick<ScopeRef, "path">): AppError {
  return new AppError(
    "forbidden",
    `You may not do this in ${scope.path}: it needs ${whoHas(permission)}. Ask one of them.`,
  )
}

function whoHas(permission: Permission): string {
  const roles = Object.entries(permissionsOfRole).filter(([, permissions]) => permissions.includes(permission))
  return `the role ${roles.map(([role]) => role).join(" or ")}`
}

function makePermit<Allowed extends Permission>(
  caller: PersonCaller,
  permission: Allowed,
  scope: ScopeRef,
): Permit<Allowed> {
  // The brand exists for the compiler alone: nothing else can write a Permit.
  return { permission, scope, caller } as Permit<Allowed>
}
