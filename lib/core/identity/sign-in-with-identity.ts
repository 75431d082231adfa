import type { SignedIn } from "../../contract/dto.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { addIdentity, findByIdentity } from "../../db/people.ts"
import { AppError } from "../../errors.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { guess, networkOf } from "./guessing.ts"
import { type VerifiedIdentity, verifyIdToken, withProfile } from "./identity-providers.ts"
import { findOpenInvitation, join, requireInvitedAddress } from "./invitations.ts"
import { openSession } from "./opening-sessions.ts"

/**
 * An identity is keyed on issuer and subject, never on e-mail: an address that another provider vouches for links to
 * nobody. One that is known signs its person in. One that isn't needs an invitation, and becomes a person by it.
 */
const signInWithIdentity: UseCase<"signInWithIdentity"> = async (
  context,
  { issuer, idToken, accessToken, invitation },
) => {
  const { house, request } = context
  const attempt = await guess(house, "identities from network", networkOf(request.address))
  const identity = await verifyIdToken(house, issuer, idToken)
  await attempt.wasRight()
  const account = await findByIdentity(house.database.prisma, identity)
  if (account === undefined) {
    if (invitation === undefined) throw needsInvitation()
    return joinByIdentity(context, await withProfile(identity, accessToken), invitation)
  }
  const { organizationId, id, name } = account
  context.about({ organizationId, target: { kind: "person", id, name } })
  return context.commit(async (tx) => {
    const session = await openSession(tx, context, account, proofOf(identity))
    if (session === undefined) throw isDisabled()
    return session
  })
}

export const signingInWithIdentity: UseCases<"signInWithIdentity"> = { signInWithIdentity }

async function joinByIdentity(context: Context, identity: VerifiedIdentity, code: string): Promise<SignedIn> {
  const invitation = await findOpenInvitation(context, code)
  const email = identity.email ?? invitation.email
  if (email === null) throw needsAddress()
  requireInvitedAddress(invitation, email)
  const name = nameOf(identity, email)
  return context.commit(async (tx) => {
    const person = await join(tx, context, invitation, { name, email, passwordHash: null })
    await link(tx, identity, person)
    const session = await openSession(tx, context, { ...person, disabledAt: null }, proofOf(identity))
    if (session === undefined) throw isDisabled()
    context.about({ details: { joined: true } })
    return session
  })
}

async function link(
  tx: Transaction,
  { issuer, subject }: VerifiedIdentity,
  { organizationId, id: personId }: { organizationId: string; id: string },
): Promise<void> {
  if (await addIdentity(tx, { organizationId, id: newId(), personId, issuer, subject })) return
  throw new AppError("conflict", "This identity has just joined. Sign in with it again.")
}

/** A provider that remembers somebody lets them in without asking: then the proof is as old as it says. */
function proofOf({ issuer, authenticatedAt }: VerifiedIdentity): { method: string; signedInAt: Date | null } {
  return { method: issuer, signedInAt: authenticatedAt ?? null }
}

/** A name that a list can show: the provider's claim goes through what a typed name goes through. */
function nameOf({ name }: VerifiedIdentity, email: string): string {
  const shown = (name ?? "")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .normalize("NFC")
    .trim()
    .slice(0, 128)
  return shown === "" ? email : shown
}

function needsInvitation(): AppError {
  const message = "This identity isn't known here yet. Ask for an invitation, and open its link."
  return new AppError("forbidden", message, { fields: { invitation: message } })
}

function needsAddress(): AppError {
  const message =
    "The identity provider doesn't tell your e-mail address. Let it, or ask for an invitation to your address."
  return new AppError("invalid", message, { fields: { invitation: message } })
}

function isDisabled(): AppError {
  return new AppError("unauthenticated", "This account can't sign in. Ask somebody who manages people here.")
}
