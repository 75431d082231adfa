/**
 * Organizations made at random, as they are in the database: scopes, vaults, secrets with versions, a machine and its
 * grants. Few names in few places, so that most things meet. What a machine gets in one is told by `oracle`, which is
 * written from the rule and not from the code.
 */
import { fold } from "../contract/names.ts"
import { makeOrganizationKey } from "../core/organization-keys.ts"
import { openSealing } from "../core/sealing.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { Secret } from "../secret.ts"
import type { TestHouse } from "../testing/a-house.ts"
import type { Random } from "./fuzzed-requests.ts"

export interface RandomSecret {
  id: string
  scope: string
  vault: string
  isPrivate: boolean
  name: string
  envName: string | null
  state: "active" | "disabled" | "deleted" | "destroyed"
  /** One state for each version; none while its first isn't committed. The last is the current one. */
  versions: ("enabled" | "disabled" | "destroyed")[]
}

export interface RandomGrant {
  scope: string
  vault: string | null
  prefix: string | null
  access: "read" | "write"
  isRevoked: boolean
}

export interface RandomTree {
  id: string
  /** Paths with their ids, widest first. */
  scopes: Map<string, string>
  secrets: RandomSecret[]
  grants: RandomGrant[]
  /** Made when it is planted. */
  token: string
}

/** What the value of a version is. */
export function valueOf({ scope, vault, name }: RandomSecret, version: number): string {
  return `${scope}/${vault}/${name}@${version}`
}

/** The winners of a workspace by vault and name: the widest scope first, so that the narrowest is what is left. */
export function oracle({ secrets, grants }: RandomTree, workspace: string): Map<string, RandomSecret> {
  const isAbove = (scope: string): boolean => workspace === scope || workspace.startsWith(`${scope}.`)
  const widestFirst = secrets.filter(({ scope }) => isAbove(scope)).toSorted((a, b) => a.scope.length - b.scope.length)
  const lives = (it: RandomSecret): boolean => ["active", "disabled"].includes(it.state) && it.versions.length > 0
  const isSeen = (it: RandomSecret): boolean => !it.isPrivate || it.scope === workspace
  const covers = (it: RandomSecret, { vault, prefix }: RandomGrant): boolean =>
    (vault ?? it.vault) === it.vault && it.name.toLowerCase().startsWith((prefix ?? "").toLowerCase())
  const counting = grants.filter(({ scope, access, isRevoked }) => isAbove(scope) && access === "read" && !isRevoked)
  const isGranted = (it: RandomSecret): boolean => counting.some((grant) => covers(it, grant))
  const found = widestFirst.filter((it) => lives(it) && isSeen(it) && isGranted(it))
  return new Map(found.map((it) => [`${it.vault}/${it.name.toLowerCase()}`, it]))
}

/** Why a winner's value isn't handed out; undefined when it is. */
export function problemIn(winners: ReadonlyMap<string, RandomSecret>, secret: RandomSecret): string | undefined {
  const own = stateProblem(secret)
  if (own !== undefined) return own
  const sharing = [...winners.values()].filter(
    (it) => stateProblem(it) === undefined && variableOf(it) === variableOf(secret),
  )
  return sharing.length > 1 ? "colliding" : undefined
}

function stateProblem({ state, versions }: RandomSecret): string | undefined {
  const current = versions.at(-1)
  if (state === "disabled" || current === "disabled") return "disabled"
  return current === "destroyed" ? "gone" : undefined
}

export function variableOf({ name, envName }: RandomSecret): string {
  return envName ?? name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")
}

export function drawTree(random: Random, index: number): RandomTree {
  const { of: pick, chance } = random
  const top = `t${index}`
  const paths = [top, `${top}.a`, `${top}.b`, `${top}.a.x`, `${top}.a.y`, `${top}.ab`].filter(
    (_, place) => place < 2 || place === 3 || chance(0.6),
  )
  const scopes = new Map(paths.map((path) => [path, newId()]))
  const vaults = new Map<string, boolean>()
  for (const path of paths) for (const name of ["v", "w"]) if (chance(0.7)) vaults.set(`${path}/${name}`, chance(0.2))
  const taken = new Set<string>()
  const secrets: RandomSecret[] = []
  for (const [place, isPrivate] of vaults) {
    const [scope = "", vault = ""] = place.split("/")
    for (let tries = 0; tries < 4; tries++) {
      const name = pick(["KEY", "key", "K-1", "k.1", "Db", "DB_2"])
      if (taken.has(`${place}/${fold(name)}`) || chance(0.3)) continue
      taken.add(`${place}/${fold(name)}`)
      const versions = Array.from({ length: pick([0, 1, 1, 2, 3]) }, () =>
        chance(0.9) ? ("enabled" as const) : pick(["disabled", "destroyed"] as const),
      )
      const state = chance(0.85) ? "active" : pick(["disabled", "deleted", "destroyed"] as const)
      secrets.push({ id: newId(), scope, vault, isPrivate, name, envName: chance(0.1) ? "OWN" : null, state, versions })
    }
  }
  const grants = Array.from({ length: pick([0, 1, 2, 2, 3, 3]) }, () => ({
    scope: pick(paths),
    vault: pick([null, null, "v", "w", "z"]),
    prefix: pick([null, null, null, "k", "K-", "D"]),
    access: chance(0.85) ? ("read" as const) : ("write" as const),
    isRevoked: chance(0.05),
  }))
  return { id: scopes.get(top) ?? "", scopes, secrets, grants, token: "" }
}

/** Puts trees into the database, all of one kind of row in one statement. */
export async function plant({ house }: TestHouse, trees: readonly RandomTree[]): Promise<void> {
  const { prisma } = house.database
  const vaultIds = new Map<string, string>()
  const by = { createdByKind: "system", createdById: null }
  await prisma.scope.createMany({ data: trees.flatMap(scopeRows) })
  await prisma.vault.createMany({
    data: trees.flatMap(({ id: organizationId, scopes, secrets }) =>
      [...new Map(secrets.map((secret) => [`${secret.scope}/${secret.vault}`, secret]))].map(([place, secret]) => {
        const id = newId()
        vaultIds.set(place, id)
        const scopeId = scopes.get(secret.scope) ?? ""
        return { organizationId, id, scopeId, name: secret.vault, inheritable: !secret.isPrivate }
      }),
    ),
  })
  await prisma.secret.createMany({
    data: trees.flatMap(({ id: organizationId, scopes, secrets }) =>
      secrets.map(({ id, scope, vault, name, envName, state, versions }) => ({
        ...{ organizationId, id, name, envName, state, location: id, foldedName: fold(name), ...by },
        vaultId: vaultIds.get(`${scope}/${vault}`) ?? "",
        scopeId: scopes.get(scope) ?? "",
        currentVersion: versions.length,
        nextVersion: versions.length + 1,
        purgeAfter: state === "deleted" ? new Date(Date.now() + 86_400_000) : null,
      })),
    ),
  })
  await prisma.secretVersion.createMany({
    data: trees.flatMap(({ id: organizationId, secrets }) =>
      secrets.flatMap(({ id: secretId, versions }) =>
        versions.map((state, index) => ({
          organizationId,
          secretId,
          number: index + 1,
          state,
          origin: "typed",
          ...by,
        })),
      ),
    ),
  })
  for (const { id } of trees) await prisma.$transaction((tx) => makeOrganizationKey(tx, house, id))
  await prisma.sealedValue.createMany({
    data: (await Promise.all(trees.map((tree) => sealedRows(house, tree)))).flat(),
  })
  await plantMachines(house, trees)
}

function scopeRows({ id: organizationId, scopes }: RandomTree) {
  return [...scopes].map(([path, id]) => {
    const slugs = path.split(".")
    const kind = ["organization", "team", "workspace"][slugs.length - 1] ?? ""
    const slug = slugs.at(-1) ?? ""
    return {
      organizationId,
      id,
      parentId: scopes.get(slugs.slice(0, -1).join(".")) ?? null,
      kind,
      slug,
      path,
      name: slug,
    }
  })
}

async function sealedRows(
  { organizationKeys, instanceId }: TestHouse["house"],
  { id: organizationId, secrets }: RandomTree,
) {
  const sealing = openSealing(organizationKeys, instanceId)
  const all = secrets.flatMap((secret) =>
    secret.versions.map((state, index) => ({ secret, state, version: index + 1 })),
  )
  return Promise.all(
    all
      .filter(({ state }) => state !== "destroyed")
      .map(async ({ secret, version }) => {
        const place = { organizationId, secretId: secret.id, location: secret.id, field: null }
        const { sealed, wrappedKey, keyEpoch } = await sealing.seal(
          place,
          version,
          Secret.fromText(valueOf(secret, version)),
        )
        const bytes = { sealed: Buffer.from(sealed), wrappedKey: Buffer.from(wrappedKey) }
        return { organizationId, secretId: secret.id, version, ...bytes, keyEpoch, operationId: newId() }
      }),
  )
}

async function plantMachines(
  { database: { prisma } }: TestHouse["house"],
  trees: readonly RandomTree[],
): Promise<void> {
  const accounts = trees.map((tree) => ({ tree, id: newId() }))
  await prisma.serviceAccount.createMany({
    data: accounts.map(({ tree, id }) => ({ organizationId: tree.id, id, scopeId: tree.id, name: "machine" })),
  })
  await prisma.grant.createMany({
    data: accounts.flatMap(({ tree, id: serviceAccountId }) =>
      tree.grants.map(({ scope, vault, prefix, access, isRevoked }) => ({
        ...{ organizationId: tree.id, id: newId(), serviceAccountId, vaultName: vault, prefix, access },
        scopeId: tree.scopes.get(scope) ?? "",
        revokedAt: isRevoked ? new Date() : null,
      })),
    ),
  })
  await prisma.accessToken.createMany({
    data: accounts.map(({ tree, id: serviceAccountId }) => {
      const id = newId()
      const { token, hash, prefix } = newToken("sat", id)
      tree.token = token
      const expiresAt = new Date(Date.now() + 3_600_000)
      return {
        organizationId: tree.id,
        id,
        serviceAccountId,
        name: "test",
        hash: Buffer.from(hash),
        prefix,
        cidrs: [],
        expiresAt,
      }
    }),
  })
}
