/**
 * Coming in by a password, staying in, going out. The limits on guessing are here and not in the console, since
 * next-auth's own callback address is a second door to `signIn`.
 *
 * An unknown account, a wrong password, an account without a password and a disabled account get the same answer after
 * the same work: one password is hashed in any case.
 */
import { hashPassword, verifyAgainstNothing, verifyPassword } from "../../crypto/passwords.ts"
import { changePasswordHash, findAccount, findPasswordHash } from "../../db/people.ts"
import { confirmSession, endSession } from "../../db/sessions.ts"
import { AppError } from "../../errors.ts"
import { Secret } from "../../secret.ts"
import { callingPerson, freshForMinutes } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { endEverywhere } from "./end-everywhere.ts"
import { accountOf, guess, guessPassword, networkOf } from "./guessing.ts"
import { openSession } from "./opening-sessions.ts"

const signIn: UseCase<"signIn"> = async (context, input) => {
  const { house, request } = context
  const account = accountOf(input.email)
  const network = networkOf(request.address)
  const found = await findAccount(house.database, account, network)
  if (found !== undefined) context.about({ organizationId: found.organizationId, target: targetOf(found) })
  const attempt = await guessPassword(house, { account, network, isKnown: found?.isKnown ?? false })
  const isRight = await verify(Secret.fromText(input.password), found?.passwordHash ?? null)
  if (!isRight || found?.disabledAt !== null) throw notThatPair()
  await attempt.wasRight()
  return context.commit(async (tx) => {
    const session = await openSession(tx, context, found, { method: "password", signedInAt: null })
    if (session === undefined) throw notThatPair()
    return session
  })
}

const confirmSignIn: UseCase<"confirmSignIn"> = async (context, { password }) => {
  const caller = callingPerson(context)
  await requireOwnPassword(context, caller, password, "password")
  return context.commit(async (tx) => {
    const signedInAt = await confirmSession(tx, caller, caller.credentialId)
    if (signedInAt === undefined) throw new AppError("unauthenticated", "This session has ended. Sign in again.")
    return { freshUntil: freshUntil(signedInAt).toISOString() }
  })
}

const changePassword: UseCase<"changePassword"> = async (context, { current, next }) => {
  const caller = callingPerson(context)
  const expected = await requireOwnPassword(context, caller, current, "current")
  const passwordHash = await hashPassword(Secret.fromText(next))
  return context.commit(async (tx) => {
    const isChanged = await changePasswordHash(tx, caller, { expected, next: passwordHash })
    if (!isChanged) throw new AppError("conflict", "The password was just changed elsewhere. Use that one.")
    const ended = await endEverywhere(tx, caller, caller.credentialId)
    context.about({ target: targetOf(caller), details: { ...ended } })
    return {}
  })
}

const signOut: UseCase<"signOut"> = async (context) => {
  const caller = callingPerson(context)
  return context.commit(async (tx) => {
    await endSession(tx, caller, caller.credentialId)
    context.about({ target: { kind: "session", id: caller.credentialId, name: caller.method ?? "session" } })
    return {}
  })
}

export const signingIn: UseCases<"signIn" | "confirmSignIn" | "changePassword" | "signOut"> = {
  signIn,
  confirmSignIn,
  changePassword,
  signOut,
}

/** Until when a person who proved who they are at this time may delegate. */
export function freshUntil(signedInAt: Date): Date {
  return new Date(signedInAt.getTime() + freshForMinutes * 60_000)
}

async function verify(password: Secret, passwordHash: string | null): Promise<boolean> {
  return passwordHash === null ? verifyAgainstNothing(password) : verifyPassword(password, passwordHash)
}

/** @returns the hash of the person's password, which was entered in the field that is named */
async function requireOwnPassword(
  { house }: Context,
  { organizationId, id }: PersonCaller,
  entered: string,
  field: string,
): Promise<string> {
  const attempt = await guess(house, "password of session", id)
  const stored = await findPasswordHash(house.database.prisma, organizationId, id)
  if (stored === null) throw hasNoPassword(field)
  if (!(await verifyPassword(Secret.fromText(entered), stored))) throw wrongPassword(field)
  await attempt.wasRight()
  return stored
}

function targetOf({ id, name }: { id: string; name: string }): { kind: string; id: string; name: string } {
  return { kind: "person", id, name }
}

function notThatPair(): AppError {
  return new AppError("unauthenticated", "This e-mail address and this password don't go together. Check both.")
}

// Not "unauthenticated": the session is good, and stays so.
function wrongPassword(field: string): AppError {
  const message = "This isn't your password. Try again."
  return new AppError("forbidden", message, { fields: { [field]: message } })
}

function hasNoPassword(field: string): AppError {
  const message = "You sign in by an identity provider and have no password here. Sign out, and sign in there again."
  return new AppError("forbidden", message, { fields: { [field]: message } })
}
