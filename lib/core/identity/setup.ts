/**
 * The first owner. A code that the start prints opens this door once; a row closes it for good, so that no count of
 * people, and no deletion of them, opens it again.
 */
import { timingSafeEqual } from "node:crypto"
import type { ParsedInputOf } from "../../contract/api.ts"
import { hashPassword } from "../../crypto/passwords.ts"
import { hashSetupCode, newSetupCode as makeSetupCode, newToken } from "../../crypto/tokens.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { addOrganization } from "../../db/organizations.ts"
import { addPerson, knowAddress } from "../../db/people.ts"
import { addPersonalToken } from "../../db/personal-tokens.ts"
import { addRole } from "../../db/roles.ts"
import { completeSetup, holdSetup, readSetup, type SetupState, storeSetupCode } from "../../db/setup.ts"
import { AppError } from "../../errors.ts"
import { Secret } from "../../secret.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { makeOrganizationKey } from "../organization-keys.ts"
import { accountOf, guess, networkOf } from "./guessing.ts"

/**
 * A code for the first owner, made anew at each start: the one before stops working. Undefined when setup is done.
 */
export async function newSetupCode({ database }: Pick<House, "database">): Promise<string | undefined> {
  const { code, hash } = makeSetupCode()
  return (await storeSetupCode(database.prisma, hash)) ? code : undefined
}

const describeSetup: UseCase<"describeSetup"> = async ({ house, request }) => {
  await guess(house, "looks from network", networkOf(request.address)) // each look leaves an event
  const { isDone } = await readSetup(house.database.prisma)
  return { done: isDone }
}

const setUp: UseCase<"setUp"> = async (context, input) => {
  const { house, request } = context
  const attempt = await guess(house, "codes from network", networkOf(request.address))
  requireCode(await readSetup(house.database.prisma), input.code)
  await attempt.wasRight()
  const passwordHash = await hashPassword(Secret.fromText(input.password))
  return context.commit(async (tx) => {
    requireCode(await holdSetup(tx), input.code)
    const owner = await makeOwner(tx, context, input, passwordHash)
    const { token, ...row } = newPersonalToken()
    const made = await addPersonalToken(tx, owner, row)
    await completeSetup(tx)
    return {
      person: owner.id,
      organization: input.organization,
      token,
      tokenExpiresAt: made.expiresAt.toISOString(),
    }
  })
}

export const settingUp: UseCases<"describeSetup" | "setUp"> = { describeSetup, setUp }

function requireCode({ isDone, codeHash }: SetupState, code: string): void {
  if (isDone) throw new AppError("gone", "Strongroom is set up already. Sign in.")
  const hash = hashSetupCode(code)
  if (hash !== undefined && codeHash !== null && timingSafeEqual(hash, codeHash)) return
  const message = "This isn't the code that the last start of Strongroom printed. Look for it in its output."
  throw new AppError("forbidden", message, { fields: { code: message } })
}

async function makeOwner(
  tx: Transaction,
  context: Context,
  { organization, organizationName, name, email }: ParsedInputOf<"setUp">,
  passwordHash: string,
): Promise<{ organizationId: string; id: string }> {
  const organizationId = newId()
  const id = newId()
  const scope = { id: organizationId, slug: organization, name: organizationName ?? organization, vaultId: newId() }
  if (!(await addOrganization(tx, scope)))
    throw isTaken("organization", "There is an organization of this name already.")
  await makeOrganizationKey(tx, context.house, organizationId)
  const owner = { organizationId, id, name, email, foldedEmail: accountOf(email), passwordHash }
  if (!(await addPerson(tx, owner))) throw isTaken("email", "There is an account with this e-mail address already.")
  await addRole(tx, { organizationId, personId: id, scopeId: organizationId, role: "owner", grantedById: null })
  await knowAddress(tx, owner, networkOf(context.request.address))
  context.about({
    organizationId,
    actor: { id, name },
    scope: { id: organizationId, path: organization },
    target: { kind: "person", id, name },
  })
  return owner
}

/** Signed in at this moment: setting up was proof enough. */
function newPersonalToken(): Parameters<typeof addPersonalToken>[2] & { token: string } {
  const id = newId()
  return { id, name: "Setup", ...newToken("pat", id), signedInAt: null, hours: 1 }
}

function isTaken(field: string, message: string): AppError {
  return new AppError("conflict", message, { fields: { [field]: message } })
}
