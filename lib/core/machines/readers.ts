/** Who may read a secret, and who still runs which version of it. */
import { z } from "zod"
import type { Fetch, Reader } from "../../contract/dto.ts"
import {
  listFetches as findFetches,
  listReaders as findReaders,
  type StoredFetch,
  type StoredReader,
} from "../../db/readers.ts"
import { authorize } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { UseCase, UseCases } from "../context.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { findEffective, placeOf, toActor } from "../secrets/describe.ts"

const readerKey = z.object({ scope: z.string().max(191), name: z.string().max(63) })
const fetchKey = z.object({ isCurrent: z.boolean(), at: keyTime, id: z.uuid() })

const listReaders: UseCase<"listReaders"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "metadata.read", input.scope)
  const secret = await findEffective(context, scope, input)
  const page = { after: readCursor(input.cursor, readerKey), limit: input.limit + 1, roots: rootsOf(caller) }
  const rows = await findReaders(context.house.database.prisma, placeOf(scope, secret), secret.id, page)
  return toPage(rows, input.limit, keyOfReader, describeReader)
}

const listFetches: UseCase<"listFetches"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "metadata.read", input.scope)
  const secret = await findEffective(context, scope, input)
  const page = { after: readCursor(input.cursor, fetchKey), limit: input.limit + 1, roots: rootsOf(caller) }
  const rows = await findFetches(context.house.database.prisma, secret, page)
  return toPage(rows, input.limit, keyOfFetch, describeFetch)
}

/** An inherited secret is read by machines of other teams, too: they are counted for everybody, and named to who may see them. */
function rootsOf({ roles }: PersonCaller): string[] {
  return roles.map(({ scopePath }) => scopePath)
}

function keyOfReader({ serviceAccount }: StoredReader): z.output<typeof readerKey> {
  return { scope: serviceAccount.scope, name: serviceAccount.name }
}

function keyOfFetch({ isCurrent, at, serviceAccount }: StoredFetch): z.output<typeof fetchKey> {
  return { isCurrent, at: at.toISOString(), id: serviceAccount.id }
}

function describeReader(reader: StoredReader): Reader {
  const { since, grantedBy, confirmedBy, lastReadAt, ...rest } = reader
  return {
    ...rest,
    since: since.toISOString(),
    grantedBy: toActor(grantedBy),
    confirmedBy: confirmedBy === null ? null : toActor(confirmedBy),
    selfGranted: confirmedBy === null,
    lastReadAt: lastReadAt?.toISOString() ?? null,
  }
}

function describeFetch({ at, ...fetch }: StoredFetch): Fetch {
  return { ...fetch, at: at.toISOString() }
}

export const tellingReaders: UseCases<"listReaders" | "listFetches"> = { listReaders, listFetches }
