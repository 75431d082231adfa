import { z } from "zod"
import type { Session } from "../../contract/dto.ts"
import * as sessions from "../../db/sessions.ts"
import { AppError } from "../../errors.ts"
import { callingPerson } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { endEverywhere } from "./end-everywhere.ts"
import { findManagedPerson, findVisiblePerson } from "./person-rule.ts"

const listSessions: UseCase<"listSessions"> = async (context, { person, cursor, limit }) => {
  const owner = await ownerOfSessions(context, person)
  const { credentialId } = callingPerson(context)
  const after = readCursor(cursor, z.object({ createdAt: keyTime.pipe(z.coerce.date()), id: z.uuid() }))
  const rows = await sessions.listSessions(context.house.database.prisma, owner, { after, limit })
  return toPage(
    rows,
    limit,
    ({ createdAt, id }) => ({ createdAt, id }),
    (row) => toSession(row, credentialId),
  )
}

const endSession: UseCase<"endSession"> = async (context, { person, session }) => {
  const owner = await ownerOfSessions(context, person)
  return context.commit(async (tx) => {
    const isEnded = await sessions.endSession(tx, owner, session)
    if (!isEnded) throw new AppError("not_found", "They have no such session, or it has ended already.")
    context.about({ details: { session } })
    return {}
  })
}

const endAllSessions: UseCase<"endAllSessions"> = async (context, { person }) => {
  const owner = await ownerOfSessions(context, person)
  return context.commit(async (tx) => {
    const ended = await endEverywhere(tx, owner)
    context.about({ details: { ...ended } })
    return { ended: ended.sessionsEnded, tokensRevoked: ended.personalTokensRevoked }
  })
}

export const watchingSessions: UseCases<"listSessions" | "endSession" | "endAllSessions"> = {
  listSessions,
  endSession,
  endAllSessions,
}

/** One's own sessions, or those of somebody whom one manages everywhere. */
async function ownerOfSessions(context: Context, id: string): Promise<sessions.Owner> {
  const isSelf = id === callingPerson(context).id
  return isSelf ? findVisiblePerson(context, id) : findManagedPerson(context, id)
}

function toSession(row: sessions.StoredSession, credentialId: string): Session {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    isThis: row.id === credentialId,
  }
}
