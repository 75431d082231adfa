/** Looking at secrets: lists, one secret, its history. */
import { z } from "zod"
import { type Version, versionNumber } from "../../contract/dto.ts"
import { findScope, type ScopeRef } from "../../db/scopes.ts"
import {
  countSecrets,
  listSecrets as findPage,
  type SecretKey,
  type SecretQuery,
  type StoredSecret,
} from "../../db/secrets.ts"
import { findVersions, type StoredVersion } from "../../db/versions.ts"
import { authorize, noSuchScope } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { requireGrantAt } from "../machine-grants.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { detail, findEffective, type SecretAddress, sizeOf, summarize, toActor } from "./describe.ts"

const listSecrets: UseCase<"listSecrets"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const query: SecretQuery = {
    scope,
    effective: input.effective,
    filter: {
      vaults: input.vault,
      categories: input.category,
      providers: input.provider,
      states: input.state,
      owners: input.owner,
      text: input.text === "" ? undefined : input.text,
    },
    sort: input.sort,
    after: readCursor(input.cursor, secretKey),
    limit: input.limit,
  }
  const db = context.house.database.prisma
  const [rows, totals] = await Promise.all([findPage(db, query), countSecrets(db, query)])
  return { ...toPage(rows, input.limit, keyOf(scope), summarize), ...totals }
}

const describeSecret: UseCase<"describeSecret"> = async (context, input) => {
  const { scope, secret } = await findForReader(context, input)
  return detail(context.house, scope, secret)
}

const listVersions: UseCase<"listVersions"> = async (context, input) => {
  const { secret } = await findForReader(context, input)
  const before = readCursor(input.cursor, versionNumber)
  const rows = await findVersions(context.house.database.prisma, secret, { before, limit: input.limit + 1 })
  return toPage(
    rows,
    input.limit,
    ({ number }) => number,
    (row) => describeVersion(row, secret.currentVersion),
  )
}

export const readingSecrets: UseCases<"listSecrets" | "describeSecret" | "listVersions"> = {
  listSecrets,
  describeSecret,
  listVersions,
}

export function describeVersion(version: StoredVersion, currentVersion: number): Version {
  return {
    number: version.number,
    state: version.state,
    isCurrent: version.number === currentVersion,
    origin: version.origin,
    sourceVersion: version.sourceVersion,
    note: version.note,
    createdAt: version.createdAt.toISOString(),
    createdBy: toActor(version.createdBy),
    size: version.state === "destroyed" ? null : sizeOf(version),
    isText: version.state === "destroyed" ? null : version.isText,
    publicKey: version.publicKey,
  }
}

/** For people by their role; for a machine by a grant, of either access, that covers the secret. */
async function findForReader(
  context: Context,
  address: SecretAddress,
): Promise<{ scope: ScopeRef; secret: StoredSecret }> {
  const scope = await scopeForReader(context, address)
  return { scope, secret: await findEffective(context, scope, address) }
}

async function scopeForReader(context: Context, address: SecretAddress): Promise<ScopeRef> {
  const { caller, house } = context
  if (caller.kind !== "service_account") return (await authorize(context, "metadata.read", address.scope)).scope
  const scope = await findScope(house.database.prisma, caller.organizationId, address.scope)
  if (scope === undefined) throw noSuchScope(address.scope)
  await requireGrantAt(context, caller, scope, {
    vault: address.vault,
    name: address.secret,
    accesses: ["read", "write"],
  })
  return scope
}

const secretKey = z.object({ name: z.string(), depth: z.int(), id: z.uuid(), at: keyTime })

function keyOf(scope: ScopeRef): (secret: StoredSecret) => SecretKey {
  return ({ foldedName, scopeId, id, updatedAt }) => ({
    name: foldedName,
    depth: scope.lineage.indexOf(scopeId),
    id,
    at: updatedAt.toISOString(),
  })
}
