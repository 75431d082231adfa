/**
 * Who asks. Every request's credential is looked up anew, so that what was ended, revoked or disabled is dead on its
 * next request. Requests of one turn of the event loop share a statement.
 *
 * A credential that isn't good is refused with one text, whatever is wrong with it: an unknown one, one that ran out,
 * one that was ended or revoked, one whose person or account is disabled, one from an address outside its ranges.
 */
import { timingSafeEqual } from "node:crypto"
import { parseToken } from "../../crypto/tokens.ts"
import {
  findAccessTokens,
  findPersonalTokens,
  findSessions,
  type MachineCredential,
  noteAccessToken,
  notePersonalToken,
  noteSession,
  type PersonCredential,
} from "../../db/credentials.ts"
import type { Database } from "../../db/database.ts"
import { inBatches } from "../../db/in-batches.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import type { Caller, Credential, MachineCaller, PersonCaller, RequestFacts } from "../caller.ts"
import type { House } from "../context.ts"
import { isFromOneOf } from "./addresses.ts"
import { guess, networkOf } from "./guessing.ts"

/**
 * @throws AppError `unauthenticated` for a credential that is not good now, `rate_limited` for a flood of such; none at
 * all is nobody, and no error
 */
export async function authenticate(
  house: Pick<House, "database" | "installationKeys">,
  credential: Credential,
  { address }: Pick<RequestFacts, "address">,
): Promise<Caller> {
  if (credential.kind === "none") return { kind: "nobody" }
  const caller = await findCaller(house.database, credential, address)
  if (caller !== undefined) return caller
  await guess(house, "tokens from network", networkOf(address))
  throw notGood()
}

async function findCaller(
  database: Database,
  credential: Exclude<Credential, { kind: "none" }>,
  address: string | null,
): Promise<Caller | undefined> {
  const token = parseToken(credential.kind === "session" ? credential.id : credential.token)
  // Each where it belongs: a session isn't accepted as a bearer, nor the other way around.
  const isInPlace = (token?.kind === "ses") === (credential.kind === "session")
  if (token === undefined || !isInPlace) return undefined
  const { session, personalToken, accessToken } = lookupsOf(database)
  if (token.kind === "ses") return bySession(database, await session(token.hash))
  if (token.kind === "pat") return byPersonalToken(database, await personalToken(token.hash))
  if (token.kind === "sat") return byAccessToken(database, await accessToken(token.hash), address)
  return undefined
}

function bySession(database: Database, found: PersonCredential | undefined): PersonCaller | undefined {
  if (found?.wantsNote === true) note(noteSession(database, found))
  return found && personCaller("session", found)
}

function byPersonalToken(database: Database, found: PersonCredential | undefined): PersonCaller | undefined {
  if (found?.wantsNote === true) note(notePersonalToken(database, found))
  return found && personCaller("personal_token", found)
}

function byAccessToken(
  database: Database,
  found: MachineCredential | undefined,
  address: string | null,
): MachineCaller | undefined {
  if (found === undefined || !isFromOneOf(found.cidrs, address)) return undefined
  if (found.wantsNote) note(noteAccessToken(database, found, address))
  const { credentialId, organizationId, serviceAccountId: id, name, scopeId, scopePath, expiresAt } = found
  return { kind: "service_account", credentialId, organizationId, id, name, scopeId, scopePath, expiresAt }
}

function personCaller(via: PersonCaller["via"], found: PersonCredential): PersonCaller {
  const { credentialId, organizationId, personId, name, email, roles, signedInAt, expiresAt, method } = found
  return {
    kind: "person",
    via,
    credentialId,
    organizationId,
    id: personId,
    name,
    email,
    roles,
    signedInAt,
    expiresAt,
    method,
  }
}

/** When a credential was last used is nice to know: no request waits for it or fails with it. */
function note(noting: Promise<void>): void {
  noting.catch((cause: unknown) => {
    log.warn("The last use of a credential couldn't be noted.", { cause: describeError(cause) })
  })
}

type Lookup<Found> = (hash: Uint8Array) => Promise<Found | undefined>

interface Lookups {
  session: Lookup<PersonCredential>
  personalToken: Lookup<PersonCredential>
  accessToken: Lookup<MachineCredential>
}

const lookups = new WeakMap<Database, Lookups>()

function lookupsOf(database: Database): Lookups {
  const known = lookups.get(database) ?? {
    session: lookup((hashes) => findSessions(database, hashes)),
    personalToken: lookup((hashes) => findPersonalTokens(database, hashes)),
    accessToken: lookup((hashes) => findAccessTokens(database, hashes)),
  }
  lookups.set(database, known)
  return known
}

function lookup<Found extends { hash: Uint8Array }>(
  find: (hashes: readonly Uint8Array[]) => Promise<Found[]>,
): Lookup<Found> {
  const ask = inBatches<Uint8Array, { found: Found | undefined }>(async (hashes) => {
    const byHash = new Map((await find(hashes)).map((found) => [hex(found.hash), found]))
    return hashes.map((hash) => {
      const found = byHash.get(hex(hash))
      return { found: found !== undefined && timingSafeEqual(found.hash, hash) ? found : undefined }
    })
  })
  return async (hash) => (await ask(hash)).found
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString("hex")
}

/** The one refusal of every credential that is no good. */
export function notGood(): AppError {
  const message =
    "This credential isn't good: it is unknown, has ended, or may not be used from this address. Sign in again, or use another token."
  return new AppError("unauthenticated", message)
}
