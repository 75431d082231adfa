import { z } from "zod"
import type { Me, PersonalToken } from "../../contract/dto.ts"
import { newToken } from "../../crypto/tokens.ts"
import { newId } from "../../db/ids.ts"
import { findOrganization } from "../../db/organizations.ts"
import * as tokens from "../../db/personal-tokens.ts"
import { AppError } from "../../errors.ts"
import { callingPerson } from "../authorize.ts"
import type { MachineCaller, PersonCaller } from "../caller.ts"
import type { UseCase, UseCases } from "../context.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { freshUntil } from "./sign-in.ts"

const describeMe: UseCase<"describeMe"> = async ({ house, caller }) => {
  if (caller.kind === "nobody") throw new AppError("unauthenticated", "Sign in, or send a token.")
  const organization = await findOrganization(house.database.prisma, caller.organizationId)
  return caller.kind === "person" ? aboutPerson(caller, organization) : aboutMachine(caller, organization)
}

const listPersonalTokens: UseCase<"listPersonalTokens"> = async (context, { cursor, limit }) => {
  const after = readCursor(cursor, z.object({ createdAt: keyTime.pipe(z.coerce.date()), id: z.uuid() }))
  const owner = callingPerson(context)
  const rows = await tokens.listPersonalTokens(context.house.database.prisma, owner, { after, limit })
  return toPage(rows, limit, ({ createdAt, id }) => ({ createdAt, id }), toPersonalToken)
}

const createPersonalToken: UseCase<"createPersonalToken"> = async (context, { name, expiresInDays }) => {
  const caller = callingPerson(context)
  const id = newId()
  const { token, hash, prefix } = newToken("pat", id)
  context.about({ target: { kind: "personal_token", id, name }, details: { expiresInDays } })
  return context.commit(async (tx) => {
    const { signedInAt } = caller
    const made = await tokens.addPersonalToken(tx, caller, {
      id,
      name,
      hash,
      prefix,
      signedInAt,
      hours: expiresInDays * 24,
    })
    return { token, personalToken: toPersonalToken(made) }
  })
}

const revokePersonalToken: UseCase<"revokePersonalToken"> = async (context, { token: id }) => {
  const caller = callingPerson(context)
  return context.commit(async (tx) => {
    const name = await tokens.revokePersonalToken(tx, caller, id)
    if (name === undefined) throw new AppError("not_found", "You have no such personal token.")
    context.about({ target: { kind: "personal_token", id, name } })
    return {}
  })
}

export const oneself: UseCases<"describeMe" | "listPersonalTokens" | "createPersonalToken" | "revokePersonalToken"> = {
  describeMe,
  listPersonalTokens,
  createPersonalToken,
  revokePersonalToken,
}

function aboutPerson(caller: PersonCaller, organization: Me["organization"]): Me {
  const { id, name, email, roles, via, credentialId, signedInAt, expiresAt, method } = caller
  const session = {
    id: credentialId,
    expiresAt: expiresAt.toISOString(),
    freshUntil: freshUntil(signedInAt).toISOString(),
    method: method ?? "password",
  }
  return {
    kind: "person",
    id,
    name,
    email,
    organization,
    scope: null,
    roles: roles.map(({ scopePath, role }) => ({ scope: scopePath, role })),
    session: via === "session" ? session : null,
  }
}

function aboutMachine({ id, name, scopePath }: MachineCaller, organization: Me["organization"]): Me {
  return { kind: "service_account", id, name, email: null, organization, scope: scopePath, roles: [], session: null }
}

function toPersonalToken({
  id,
  name,
  prefix,
  createdAt,
  expiresAt,
  lastUsedAt,
  revokedAt,
}: tokens.StoredPersonalToken): PersonalToken {
  return {
    id,
    name,
    prefix,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  }
}
