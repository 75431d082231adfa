/**
 * The provider that the operator's environment declares: registered at start for the first organization, or as soon as
 * there is one. Its credential stays in this process's memory. It serves one organization, since it is one place with
 * one credential: another organization on the same installation could else read what lies there.
 */

import type { ProviderSettings } from "../../contract/dto.ts"
import { operations } from "../../contract/operations.ts"
import { appendEvent } from "../../db/audit-log.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { recordCheck } from "../../db/provider-checks.ts"
import { findDefaults, findFirstOrganization, holdOrganization, setDefault } from "../../db/provider-defaults.ts"
import {
  addProvider,
  changeProvider,
  findDeclared,
  findProvidersNamed,
  type StoredProvider,
} from "../../db/providers.ts"
import { log } from "../../log.ts"
import type { RemoteProvider } from "../../providers/provider.ts"
import { type AuditEntry, makeLateEntry, strongroom } from "../audit.ts"
import type { House } from "../context.ts"
import type { DeclaredProvider } from "./backends.ts"
import { declaredSettings } from "./backends.ts"
import { reportOf, type Tried, troubleIn, tryOut } from "./trying.ts"

/** Installations whose declared provider is as the environment says, so that it isn't looked for again. */
const settled = new WeakSet<DeclaredProvider>()

/**
 * Registers the declared provider, or brings its settings up to date. It becomes the organization's default once its
 * check shows that it can write, unless somebody chose another.
 */
export async function registerDeclared(house: House): Promise<void> {
  const { declared } = house.backends
  if (declared === undefined) return
  const { prisma } = house.database
  const organization = await findFirstOrganization(prisma)
  if (organization === undefined) return
  if (!settled.has(declared)) {
    await settle(house, declared, organization)
    settled.add(declared)
  }
  await makeDefaultOnce(house, organization)
}

interface Organization {
  id: string
  path: string
}

async function settle(house: House, declared: DeclaredProvider, organization: Organization): Promise<void> {
  const kind = house.backends.kind(declared.kind)
  const settings = declaredSettings(declared, kind)
  const known = await findDeclared(house.database.prisma, organization.id)
  const tried = await tryOut(kind, settings, house.backends.hostForTrying(declared.credential, { byOperator: true }))
  const { status, clusterId } = tried.result
  if (known !== undefined && isTheSame(kind, known, declared, settings)) {
    if (!(await hasTakenItsPlace(house, known, clusterId))) return
  }
  await house.database.prisma.$transaction(async (tx) => {
    // Every api process starts at once, and one of them registers it.
    await holdOrganization(tx, organization.id)
    const now = await findDeclared(tx, organization.id)
    if (now?.updatedAt.getTime() !== known?.updatedAt.getTime()) return
    if (now === undefined) await add(tx, house, declared, organization, tried)
    else await update(tx, house, now, kind, tried)
    log.info("registered the provider that the environment declares", {
      kind: declared.kind,
      status,
      cluster: clusterId,
    })
  })
}

/** A dev server is another one after each start. Where nothing was kept at the one before, nothing is missed there. */
async function hasTakenItsPlace(
  { database }: House,
  { organizationId, id: providerId, clusterId }: StoredProvider,
  found: string | null,
): Promise<boolean> {
  if (clusterId === null || found === null || clusterId === found) return false
  const where = { organizationId, providerId, state: { not: "destroyed" } }
  return (await database.prisma.secret.count({ where })) === 0
}

/** Settings that the check found out (an engine's version) aren't the operator's, and no difference. */
function isTheSame(
  kind: RemoteProvider,
  known: StoredProvider,
  declared: DeclaredProvider,
  settings: ProviderSettings,
): boolean {
  if (known.kind !== declared.kind) return false
  const isAsBefore = kind.targetOf(known.settings) === kind.targetOf(settings)
  return isAsBefore && kind.endpointOf(known.settings) === kind.endpointOf(settings)
}

async function add(
  tx: Transaction,
  house: House,
  declared: DeclaredProvider,
  { id: organizationId, path }: Organization,
  tried: Tried,
): Promise<void> {
  const id = newId()
  const isTaken = (await findProvidersNamed(tx, organizationId, [organizationId], declared.name)).length > 0
  const name = isTaken ? `${declared.name}-environment` : declared.name
  const { clusterId, canWrite, status, needsConsent, settings } = tried.result
  await addProvider(tx, {
    organizationId,
    id,
    scopeId: organizationId,
    name,
    kind: declared.kind,
    settings: { ...settings },
    source: "environment",
    // Declaring it was deliberate; what there is to be said of it stays visible.
    consents: needsConsent,
    credential: null,
    clusterId,
    canWrite,
    status,
    text: troubleIn(tried),
    report: reportOf(tried),
    cacheSeconds: 60,
    staleSeconds: 86_400,
    checkSeconds: 60,
    createdById: null,
    approved: { byId: null },
  })
  await appendEvent(tx, eventOf({ organizationId, path, id, name }, "registerProvider"), house.writes.link)
}

async function update(
  tx: Transaction,
  house: House,
  provider: StoredProvider,
  kind: RemoteProvider,
  tried: Tried,
): Promise<void> {
  const { result } = tried
  const { status, canWrite } = result
  const settings = { ...result.settings }
  await recordCheck(tx, provider, { status, text: troubleIn(tried), report: reportOf(tried), canWrite })
  const isMoved = kind.kind !== provider.kind || kind.targetOf(settings) !== kind.targetOf(provider.settings)
  await changeProvider(tx, provider, {
    settings,
    kind: kind.kind,
    consents: result.needsConsent,
    clusterId: result.clusterId ?? (isMoved ? null : provider.clusterId),
    canWrite,
    moved: { byId: null, approved: { byId: null } },
    endsSession: true,
  })
  const { organizationId, scope: path, id, name } = provider
  await appendEvent(tx, eventOf({ organizationId, path, id, name }, "changeProvider"), house.writes.link)
}

async function makeDefaultOnce(house: House, { id: organizationId, path }: Organization): Promise<void> {
  const { prisma } = house.database
  const provider = await findDeclared(prisma, organizationId)
  const [choice] = await findDefaults(prisma, organizationId, [organizationId])
  if (provider?.canWrite !== true || choice?.kind !== "inherit") return
  await prisma.$transaction(async (tx) => {
    await holdOrganization(tx, organizationId)
    const [now] = await findDefaults(tx, organizationId, [organizationId])
    if (now?.kind !== "inherit") return
    await setDefault(tx, { organizationId, id: organizationId }, { kind: "provider", providerId: provider.id })
    const { id, name } = provider
    await appendEvent(tx, eventOf({ organizationId, path, id, name }, "setDefaultProvider"), house.writes.link)
  })
}

interface Target {
  organizationId: string
  path: string
  id: string
  name: string
}

function eventOf(
  { organizationId, path, id, name }: Target,
  operation: "registerProvider" | "changeProvider" | "setDefaultProvider",
): AuditEntry {
  const header = { ...operations[operation].audit, class: "delegation", outcome: "done", reason: null } as const
  return makeLateEntry(header, strongroom(organizationId, "The operator's environment"), {
    scope: { id: organizationId, path },
    target: { kind: "provider", id, name },
    details: { source: "environment" },
  })
}
