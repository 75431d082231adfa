/** What a person knows: the secrets whose current value they typed. A generated value was shown to nobody. */
import { z } from "zod"
import { type KnownSecret, listKnownSecrets as listRows } from "../../db/known-secrets.ts"
import { callingPerson } from "../authorize.ts"
import type { UseCase, UseCases } from "../context.ts"
import { readCursor, toPage } from "../paging.ts"
import { findVisiblePerson } from "./person-rule.ts"

const listKnownSecrets: UseCase<"listKnownSecrets"> = async (context, { person, cursor, limit }) => {
  const caller = callingPerson(context)
  const known = await findVisiblePerson(context, person)
  const rows = await listRows(context.house.database.prisma, known, {
    // Names of secrets go to who sees their scopes, whoever typed them.
    roots: caller.roles.map(({ scopePath }) => scopePath),
    after: readCursor(cursor, z.uuid()),
    limit: limit + 1,
  })
  return toPage(rows, limit, ({ id }) => id, toKnown)
}

export const tellingExposure: UseCases<"listKnownSecrets"> = { listKnownSecrets }

function toKnown({ since, ...secret }: KnownSecret): Omit<KnownSecret, "since"> & { since: string } {
  return { ...secret, since: since.toISOString() }
}
