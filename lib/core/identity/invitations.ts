/**
 * Joining by a link that is shown once and works once. What an invitation gives is decided when it is accepted: if its
 * inviter may not give the role any more, nobody gets it.
 */
import { z } from "zod"
import type { Invitation } from "../../contract/dto.ts"
import { hashPassword } from "../../crypto/passwords.ts"
import { newToken, parseToken } from "../../crypto/tokens.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import * as invitations from "../../db/invitations.ts"
import { addPerson, findPerson, hasPersonWithEmail, knowAddress, type NewPerson } from "../../db/people.ts"
import { addRole } from "../../db/roles.ts"
import { AppError } from "../../errors.ts"
import { Secret } from "../../secret.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { readCursor, toPage } from "../paging.ts"
import { accountOf, guess, networkOf } from "./guessing.ts"
import { mayGive, requireGivenAt, requireMayGive } from "./person-rule.ts"

const describeInvitation: UseCase<"describeInvitation"> = async (context, { code }) => {
  const invitation = await findOpenInvitation(context, code)
  return {
    organization: invitation.organizationName,
    scope: invitation.scopePath,
    role: invitation.role,
    email: invitation.email,
    invitedBy: invitation.invitedByName ?? "somebody who is gone",
    expiresAt: invitation.expiresAt.toISOString(),
  }
}

const acceptInvitation: UseCase<"acceptInvitation"> = async (context, { code, name, email, password }) => {
  const invitation = await findOpenInvitation(context, code)
  requireInvitedAddress(invitation, email)
  const passwordHash = await hashPassword(Secret.fromText(password))
  return context.commit(async (tx) => ({
    person: (await join(tx, context, invitation, { name, email, passwordHash })).id,
  }))
}

const listInvitations: UseCase<"listInvitations"> = async (context, { scope, cursor, limit }) => {
  const permit = await authorize(context, "people.manage", scope)
  const after = readCursor(cursor, z.uuid())
  const rows = await invitations.listInvitations(context.house.database.prisma, permit.scope, { after, limit })
  return toPage(rows, limit, ({ id }) => id, toInvitation)
}

const invite: UseCase<"invite"> = async (context, { scope: path, role, email, expiresInDays }) => {
  const { scope, caller } = await authorize(context, "people.manage", path)
  requireGivenAt(role, scope)
  requireMayGive(caller, role, path)
  await refuseMember(context, scope.organizationId, email)
  const id = newId()
  const { token, hash: codeHash } = newToken("inv", id)
  context.about({ target: { kind: "invitation", id, name: role }, details: { role, expiresInDays } })
  return context.commit(async (tx) => {
    const { organizationId, id: scopeId } = scope
    const made = { organizationId, id, scopeId, codeHash, email, role, invitedById: caller.id, days: expiresInDays }
    const link = new URL(`/join/${token}`, context.house.publicUrl).href
    return { link, invitation: toInvitation(await invitations.addInvitation(tx, made)) }
  })
}

const revokeInvitation: UseCase<"revokeInvitation"> = async (context, { scope: path, invitation: id }) => {
  const { scope } = await authorize(context, "people.manage", path)
  return context.commit(async (tx) => {
    if (!(await invitations.revokeInvitation(tx, scope, id))) {
      throw new AppError("not_found", `There is no open invitation of this id to ${path}.`)
    }
    context.about({ target: { kind: "invitation", id, name: "invitation" } })
    return {}
  })
}

export const inviting: UseCases<
  "describeInvitation" | "acceptInvitation" | "listInvitations" | "invite" | "revokeInvitation"
> = { describeInvitation, acceptInvitation, listInvitations, invite, revokeInvitation }

/** The invitation with this code, if it can be accepted now. Throws `not_found` or `gone`. */
export async function findOpenInvitation(context: Context, code: string): Promise<invitations.StoredInvitation> {
  const { house, request } = context
  const attempt = await guess(house, "codes from network", networkOf(request.address))
  const token = parseToken(code)
  const found = token?.kind === "inv" ? await invitations.findInvitation(house.database.prisma, token.hash) : undefined
  if (found === undefined) throw noSuchInvitation()
  await attempt.wasRight() // who has a code has a code, whatever became of it
  aboutInvitation(context, found)
  if (found.state !== "open") throw noLongerOpen(found.state)
  await requireInviterStillMay(house.database.prisma, found)
  return found
}

/** Makes the person whom an open invitation lets in, with its role. */
export async function join(
  tx: Transaction,
  context: Context,
  invitation: invitations.StoredInvitation,
  { name, email, passwordHash }: Pick<NewPerson, "name" | "email" | "passwordHash">,
): Promise<NewPerson> {
  const { organizationId, scopeId, role, invitedById } = invitation
  const person = { organizationId, id: newId(), name, email, foldedEmail: accountOf(email), passwordHash }
  if (!(await invitations.takeInvitation(tx, invitation, person.id))) throw noLongerOpen("accepted")
  await requireInviterStillMay(tx, invitation)
  if (!(await addPerson(tx, person))) throw isMember()
  await addRole(tx, { organizationId, personId: person.id, scopeId, role, grantedById: invitedById })
  await knowAddress(tx, person, networkOf(context.request.address))
  context.about({ actor: { id: person.id, name }, details: { role } })
  return person
}

/** An invitation for one address lets nobody else in. */
export function requireInvitedAddress({ email: invited }: invitations.StoredInvitation, email: string): void {
  if (invited === null || accountOf(invited) === accountOf(email)) return
  const message = "This invitation is for another e-mail address. Use that one, or ask for an invitation of your own."
  throw new AppError("forbidden", message, { fields: { email: message } })
}

async function requireInviterStillMay(db: Transaction, invitation: invitations.StoredInvitation): Promise<void> {
  const { organizationId, invitedById, role, scopePath } = invitation
  const inviter = await findPerson(db, organizationId, invitedById)
  if (inviter?.disabledAt === null && mayGive(inviter.roles, role, scopePath)) return
  throw new AppError("gone", "Whoever invited you may not give this role any more. Ask for a new invitation.")
}

async function refuseMember({ house }: Context, organizationId: string, email: string | null): Promise<void> {
  if (email === null) return
  if (!(await hasPersonWithEmail(house.database.prisma, organizationId, accountOf(email)))) return
  const message = "This person is here already. Give them the role on their page."
  throw new AppError("conflict", message, { fields: { email: message } })
}

function aboutInvitation(
  context: Context,
  { organizationId, id, scopeId, scopePath, role }: invitations.StoredInvitation,
): void {
  const scope = { id: scopeId, path: scopePath }
  context.about({ organizationId, scope, target: { kind: "invitation", id, name: role } })
}

function toInvitation(row: invitations.StoredInvitation): Invitation {
  const { id, email, role, scopePath, invitedById, invitedByName, createdAt, expiresAt, state } = row
  const inviter = {
    kind: "person" as const,
    id: invitedByName === null ? null : invitedById,
    name: invitedByName ?? "somebody who is gone",
  }
  return {
    id,
    email,
    role,
    scope: scopePath,
    invitedBy: inviter,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    state,
  }
}

function noSuchInvitation(): AppError {
  return new AppError("not_found", "This isn't an invitation. Open the whole link that you were sent.")
}

function noLongerOpen(state: Exclude<Invitation["state"], "open">): AppError {
  const said = { accepted: "was used already", expired: "has expired", revoked: "was taken back" }
  return new AppError("gone", `This invitation ${said[state]}. Ask for a new one.`)
}

function isMember(): AppError {
  const message = "There is an account with this e-mail address already. Sign in to it, and ask there for the role."
  return new AppError("conflict", message, { fields: { email: message } })
}
