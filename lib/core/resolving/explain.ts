/**
 * Why a workspace gets what it gets: for each name what wins, what that stands in front of, what would win without it,
 * and why whoever asks may have it. It has no value, so people may ask too; no store is asked.
 */
import { z } from "zod"
import type { Entitlement, Explanation } from "../../contract/dto.ts"
import { fold, formatAddress } from "../../contract/names.ts"
import {
  type Candidate,
  type Contest,
  type CoveringGrant,
  findContests,
  findCoveringGrants,
} from "../../db/explanations.ts"
import { findScope, isWithin, type ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { authorize, noSuchScope } from "../authorize.ts"
import type { MachineCaller, PersonCaller } from "../caller.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { faultOfState } from "../disclosing/granted.ts"
import { readCursor, toPage } from "../paging.ts"
import { environmentNameOf } from "../secrets/environment-name.ts"
import { collisionDetail, toObstacle } from "./resolution.ts"

const explain: UseCase<"explain"> = async (context, input) => {
  const { scope, accountId, entitledTo } = await findSight(context, input.scope)
  const contests = await findContests(context.house.database, {
    scope,
    accountId,
    vaults: input.vault ?? null,
    foldedName: input.secret === undefined ? null : fold(input.secret),
    after: readCursor(input.cursor, contestKey),
    limit: input.limit,
  })
  const page = toPage(contests, input.limit, keyOf, (contest) => explanationOf(scope, contest, entitledTo))
  return { scope: scope.path, ...page }
}

export const explaining: UseCases<"explain"> = { explain }

/** What somebody sees of a workspace, and why. */
interface Sight {
  scope: ScopeRef
  /** Whose grants limit it; null for people, who see all that is there. */
  accountId: string | null
  entitledTo(candidate: Candidate): Entitlement[]
}

function findSight(context: Context, path: string | undefined): Promise<Sight> {
  const { caller } = context
  return caller.kind === "service_account" ? sightOfMachine(context, caller, path) : sightOfPerson(context, path)
}

/** Throws `not_found` for a scope where nothing is granted, as for one that isn't there. */
async function sightOfMachine(context: Context, machine: MachineCaller, path = machine.scopePath): Promise<Sight> {
  const { database } = context.house
  const scope = await findScope(database.prisma, machine.organizationId, path)
  const grants = scope === undefined ? [] : await findCoveringGrants(database, scope, machine.id)
  if (scope === undefined || grants.length === 0) throw noSuchScope(path)
  context.about({ scope: { id: scope.id, path: scope.path } })
  return { scope, accountId: machine.id, entitledTo: (candidate) => grantsFor(grants, candidate) }
}

async function sightOfPerson(context: Context, path: string | undefined): Promise<Sight> {
  if (path === undefined) {
    throw new AppError("invalid", "Name a scope.", { fields: { scope: "A person has no workspace of their own." } })
  }
  const { scope } = await authorize(context, "metadata.read", path)
  const roles = context.caller.kind === "person" ? rolesAt(context.caller, scope) : []
  return { scope, accountId: null, entitledTo: () => roles }
}

function grantsFor(grants: readonly CoveringGrant[], { vault, foldedName }: Candidate): Entitlement[] {
  return grants
    .filter((grant) => grant.vault === null || grant.vault === vault)
    .filter(({ prefix }) => prefix === null || foldedName.startsWith(fold(prefix)))
    .map((grant) => ({ kind: "grant", ...grant }))
}

function rolesAt({ roles }: PersonCaller, scope: ScopeRef): Entitlement[] {
  return roles
    .filter((held) => isWithin(scope.path, held.scopePath))
    .map((held) => ({ kind: "role", role: held.role, scope: held.scopePath }))
}

const contestKey = z.object({ vault: z.string(), foldedName: z.string() })

function keyOf({ winner: { vault, foldedName } }: Contest): z.output<typeof contestKey> {
  return { vault, foldedName }
}

function explanationOf(scope: ScopeRef, contest: Contest, entitledTo: Sight["entitledTo"]): Explanation {
  const { winner, shadows } = contest
  const { name, vault } = winner
  return {
    name,
    envName: environmentNameOf(winner),
    ref: formatAddress({ scope: scope.path, vault, secret: name, version: null }),
    vault,
    winner: whereOf(winner),
    problem: problemOf(contest),
    shadows: shadows.map(whereOf),
    next: shadows.map(whereOf)[0] ?? null,
    because: entitledTo(winner),
  }
}

function whereOf({ scope, version, provider }: Candidate): Explanation["winner"] {
  return { scope, version, provider }
}

function problemOf({ winner, sharing }: Contest): Explanation["problem"] {
  const fault = faultOfState(winner)
  if (fault !== undefined) return toObstacle(fault)
  if (sharing.length === 0) return null
  return { reason: "colliding", detail: collisionDetail(environmentNameOf(winner), sharing) }
}
