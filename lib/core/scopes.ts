/** Organization, teams and workspaces: the tree that roles, vaults and grants hang on. */
import { z } from "zod"
import type { ScopeDetail, ScopeNode } from "../contract/dto.ts"
import type { ScopeKind } from "../contract/words.ts"
import { newId } from "../db/ids.ts"
import { hasAnotherDelegator } from "../db/roles.ts"
import {
  bumpGeneration,
  countLeftBehind,
  findScope,
  type ListedScope,
  listScopesAround,
  removeScope,
  renameScope,
  type ScopeRef,
} from "../db/scopes.ts"
import { countBetween } from "../db/transfers.ts"
import { isUniqueViolation } from "../db/violations.ts"
import { AppError } from "../errors.ts"
import { authorize, callingPerson, mayAt, noSuchScope, notAllowed, permissionsAt } from "./authorize.ts"
import type { PersonCaller } from "./caller.ts"
import type { Context, UseCase, UseCases } from "./context.ts"
import { authorizeDelegation } from "./delegate.ts"
import { readCursor, toPage } from "./paging.ts"

const listScopes: UseCase<"listScopes"> = async (context, input) => {
  const caller = callingPerson(context)
  const roots = caller.roles.map(({ scopePath }) => scopePath)
  const rows = await listScopesAround(context.house.database.prisma, caller.organizationId, roots, {
    after: readCursor(input.cursor, z.string().max(191)),
    limit: input.limit + 1,
  })
  return toPage(
    rows,
    input.limit,
    ({ path }) => path,
    (row) => describeNode(caller, row),
  )
}

const describeScope: UseCase<"describeScope"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  return detail(context, scope)
}

const createScope: UseCase<"createScope"> = async (context, input) => {
  const { scope: parent, caller } = await authorize(context, "scope.manage", input.scope)
  const kind = kindBeneath(parent)
  refuseWorkspaceFields(kind, input)
  const { organizationId } = parent
  const id = newId()
  const path = `${parent.path}.${input.slug}`
  context.about({ target: { kind, id, name: path } })
  const { slug, environment, projects } = input
  await refusingTaken(path, () =>
    context.commit(async (tx) => {
      const name = input.name ?? slug
      // Production starts with two people, where there are two.
      const isGuarded = environment === "production" && (await hasAnotherDelegator(tx, parent, caller.id))
      const protection = isGuarded ? "two_people" : "recorded"
      await tx.scope.create({
        data: { organizationId, id, parentId: parent.id, kind, slug, path, name, environment, projects, protection },
      })
      // A scope without a vault could keep nothing, so it starts with one.
      await tx.vault.create({ data: { organizationId, id: newId(), scopeId: id, name: "default" } })
    }),
  )
  return detailOf(context, organizationId, path)
}

const changeScope: UseCase<"changeScope"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "scope.manage", input.scope)
  if (scope.kind === "organization") await authorize(context, "organization.manage", input.scope)
  // A name is the scope above's to give: with it goes the folder of that name at the providers that it shares.
  else if (input.slug !== undefined && slugOf(scope) !== input.slug) requireManagingAbove(caller, scope)
  refuseWorkspaceFields(scope.kind, input)
  const { name, environment, projects, slug, protection = scope.ownProtection } = input
  if (protection === "two_people" && scope.ownProtection === "recorded") await requireSecondHolder(context, scope)
  // Giving up a protection is what it protects from: that takes two people itself.
  if (protection === "recorded" && scope.ownProtection === "two_people") await authorizeDelegation(context, scope.path)
  if (protection !== scope.ownProtection) context.about({ class: "delegation", details: { protection } })
  const { organizationId, id } = scope
  const path = await refusingTaken(slug ?? scope.path, () =>
    context.commit(async (tx) => {
      await tx.scope.update({
        where: { organizationId_id: { organizationId, id } },
        data: {
          ...(name !== undefined && { name }),
          ...(environment !== undefined && { environment }),
          ...(projects !== undefined && { projects }),
          protection,
        },
      })
      if (slug === undefined || slugOf(scope) === slug) return scope.path
      context.about({ details: { renamedFrom: scope.path } })
      return renameScope(tx, scope, slug)
    }),
  )
  return detailOf(context, organizationId, path)
}

const deleteScope: UseCase<"deleteScope"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "metadata.read", input.scope)
  if (scope.kind === "organization") {
    throw new AppError(
      "unsupported",
      "An organization can't be deleted from within. Stop Strongroom and remove its database.",
    )
  }
  requireManagingAbove(caller, scope)
  if (input.confirm !== scope.path) {
    throw new AppError("invalid", `To delete ${scope.path} with everything in it, confirm with its full path.`, {
      fields: { confirm: `Type ${scope.path}.` },
    })
  }
  context.about({ target: { kind: scope.kind, id: scope.id, name: scope.path } })
  const [, parentId] = scope.lineage
  await context.commit(async (tx) => {
    const { atBackends, ofOthers } = await countLeftBehind(tx, scope)
    if (ofOthers > 0) throw keepsOthers(scope, ofOthers)
    if ((await countBetween(tx, scope)) > 0) throw isBeingMoved(scope)
    // Nothing is deleted at a backend with a scope: who wants that destroys the secrets first.
    if (atBackends > 0) context.about({ details: { leftAtBackends: atBackends } })
    await removeScope(tx, scope)
    if (parentId !== undefined) await bumpGeneration(tx, { organizationId: scope.organizationId, id: parentId })
  })
  return {}
}

export const managingScopes: UseCases<"listScopes" | "describeScope" | "createScope" | "changeScope" | "deleteScope"> =
  {
    listScopes,
    describeScope,
    createScope,
    changeScope,
    deleteScope,
  }

/** Whoever may make a scope may delete it and name it, and that is decided a step above. */
function requireManagingAbove(caller: PersonCaller, { path }: ScopeRef): void {
  const above = { path: path.split(".").slice(0, -1).join(".") }
  if (!mayAt(caller, "scope.manage", above)) throw notAllowed("scope.manage", above)
}

/** Nobody could delegate there any more, nor take it back. */
async function requireSecondHolder({ house, caller }: Context, scope: ScopeRef): Promise<void> {
  if (caller.kind === "person" && (await hasAnotherDelegator(house.database.prisma, scope, caller.id))) return
  throw new AppError(
    "conflict",
    `Only you may delegate in ${scope.path}, so nobody could confirm what you do. Give somebody else the role lead, admin or owner there first.`,
    { fields: { protection: "It needs two who may delegate." } },
  )
}

function slugOf({ path }: ScopeRef): string | undefined {
  return path.split(".").at(-1)
}

/** Nobody would know any more of a copy that lies at a backend already. */
function isBeingMoved({ path }: ScopeRef): AppError {
  const message = `Secrets of ${path} are on their way to another provider. Let that move end first: go on with it if it is paused.`
  return new AppError("conflict", message)
}

function keepsOthers({ path }: ScopeRef, count: number): AppError {
  const secrets = `${String(count)} secret${count === 1 ? "" : "s"}`
  return new AppError(
    "conflict",
    `A provider that was registered in ${path} keeps ${secrets} of other scopes. Move them to another provider first.`,
  )
}

function describeNode(caller: PersonCaller, row: ListedScope): ScopeNode {
  const visible = mayAt(caller, "metadata.read", row)
  return { ...row, environment: visible ? row.environment : null, secretCount: visible ? row.secretCount : 0, visible }
}

async function detailOf(context: Context, organizationId: string, path: string): Promise<ScopeDetail> {
  const scope = await findScope(context.house.database.prisma, organizationId, path)
  if (scope === undefined) throw noSuchScope(path)
  return detail(context, scope)
}

async function detail(context: Context, scope: ScopeRef): Promise<ScopeDetail> {
  const { organizationId, id, path, kind } = scope
  const row = await context.house.database.prisma.scope.findUniqueOrThrow({
    where: { organizationId_id: { organizationId, id } },
    include: { _count: { select: { children: true, vaults: true, serviceAccounts: true } } },
  })
  const secrets = await context.house.database.prisma.secret.count({
    where: { organizationId, scopeId: id, state: { in: ["active", "disabled"] }, currentVersion: { gt: 0 } },
  })
  const { children: scopes, vaults, serviceAccounts } = row._count
  return {
    id,
    path,
    kind,
    name: row.name,
    environment: row.environment as ScopeDetail["environment"], // held to its words by a constraint of the table
    projects: row.projects,
    protection: scope.ownProtection,
    effectiveProtection: scope.protection,
    parent: path.includes(".") ? path.split(".").slice(0, -1).join(".") : null,
    permissions: permissionsAt(callingPerson(context).roles, path),
    counts: { scopes, vaults, secrets, serviceAccounts },
    createdAt: row.createdAt.toISOString(),
  }
}

function kindBeneath({ kind, path }: ScopeRef): ScopeKind {
  if (kind === "organization") return "team"
  if (kind === "team") return "workspace"
  throw new AppError("invalid", `${path} is a workspace: nothing lies beneath it. Make workspaces in a team.`)
}

function refuseWorkspaceFields(
  kind: ScopeKind,
  { environment, projects }: { environment?: unknown; projects?: readonly string[] | undefined },
): void {
  if (kind === "workspace" || (environment == null && (projects ?? []).length === 0)) return
  throw new AppError("invalid", "Only a workspace has an environment and projects.", {
    fields: {
      ...(environment != null && { environment: "Leave it out." }),
      ...(projects?.length && { projects: "Leave them out." }),
    },
  })
}

async function refusingTaken<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError("conflict", `The name ${name} is taken.`, {
      cause: error,
      fields: { slug: "This name is taken." },
    })
  }
}
