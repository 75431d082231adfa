/** What people are told of a provider. Nothing here can hold a credential. */
import type { CheckReport, ProviderDetail, ProviderSummary } from "../../contract/dto.ts"
import { builtInName, type ProviderConsent } from "../../contract/words.ts"
import { statusHistory } from "../../db/provider-checks.ts"
import { defaultScopesOf, findDefaults, type OwnDefault } from "../../db/provider-defaults.ts"
import { countKept, countMachines } from "../../db/provider-uses.ts"
import type { StoredProvider } from "../../db/providers.ts"
import { isWithin, type ScopeRef } from "../../db/scopes.ts"
import type { PersonCaller } from "../caller.ts"
import type { House } from "../context.ts"
import { toActor } from "../secrets/describe.ts"
import { isApproved } from "./approval.ts"
import { nothingFound } from "./trying.ts"

/** What a summary needs besides the row: the scope that was asked about, its default, and how much is kept where. */
export interface Around {
  scope: ScopeRef
  /** Where new secrets of the scope go. */
  choice: OwnDefault
  kept: ReadonlyMap<string | null, number>
  /** Whether the caller may know that there is a scope with this path. */
  mayKnow(path: string): boolean
}

export async function lookAround({ database }: House, scope: ScopeRef, caller: PersonCaller): Promise<Around> {
  const roots = caller.roles.map(({ scopePath }) => scopePath)
  const [choice, kept] = await Promise.all([
    effectiveDefault(database.prisma, scope),
    countKept(database.prisma, scope.organizationId, roots),
  ])
  const mayKnow = (path: string): boolean => roots.some((root) => isWithin(path, root) || isWithin(root, path))
  return { scope, choice, kept, mayKnow }
}

/** The choice of the narrowest scope on the way up that makes one; in the end, the built-in store. */
async function effectiveDefault(db: House["database"]["prisma"], scope: ScopeRef): Promise<OwnDefault> {
  const choices = await findDefaults(db, scope.organizationId, scope.lineage)
  return choices.find(({ kind }) => kind !== "inherit") ?? { kind: "built_in" }
}

export function summarize(
  { backends }: Pick<House, "backends">,
  provider: StoredProvider,
  around: Around,
): ProviderSummary {
  const { id, name, kind, scope, settings, status, canWrite, statusSince, checkedAt } = provider
  const { choice, kept } = around
  const approved = isApproved(provider, around.scope.protection)
  return {
    id,
    name,
    kind,
    scope,
    target: backends.find(kind)?.targetOf(settings) ?? "",
    isDefault: choice.kind === "provider" && choice.providerId === id,
    status,
    statusSince: statusSince.toISOString(),
    checkedAt: checkedAt.toISOString(),
    canWrite,
    isApproved: approved,
    secretCount: kept.get(id) ?? 0,
    warnings: warningsOf(provider, approved),
  }
}

export async function detail(house: House, provider: StoredProvider, around: Around): Promise<ProviderDetail> {
  const db = house.database.prisma
  const [history, defaultOf, machineCount] = await Promise.all([
    statusHistory(db, provider),
    defaultScopesOf(db, provider),
    countMachines(db, provider.organizationId, provider.id),
  ])
  const { settings, source, credential, consents, approvedAt, createdAt, cacheSeconds, staleSeconds, checkSeconds } =
    provider
  const isCurrent = provider.approvedEpoch === provider.epoch
  return {
    ...summarize(house, provider, around),
    settings,
    source,
    hasCredential: credential !== null || source === "environment",
    report: reportOf(provider),
    consents,
    approvedBy: isCurrent ? personOrOperator(provider.approvedById, provider.approvedByName) : null,
    approvedAt: isCurrent ? (approvedAt?.toISOString() ?? null) : null,
    registeredBy: personOrOperator(provider.createdById, provider.createdByName),
    registeredAt: createdAt.toISOString(),
    // A provider of a wider scope serves scopes that the caller may not even know of.
    defaultOf: defaultOf.filter((path) => around.mayKnow(path)),
    cacheSeconds,
    staleSeconds,
    checkSeconds,
    history: history.map(({ since, ...change }) => ({ since: since.toISOString(), ...change })),
    listCommand: house.backends.find(provider.kind)?.listCommandOf?.(settings) ?? null,
    machineCount,
  }
}

function reportOf({ report, checkedAt }: StoredProvider): CheckReport {
  return { ...report, at: checkedAt.toISOString() }
}

/** Who has no id is the operator, by the environment. */
function personOrOperator(id: string | null, name: string | null): ProviderDetail["registeredBy"] {
  return id === null ? { kind: "system", id: null, name: "The operator" } : toActor({ kind: "person", id, name })
}

// --- the built-in store

export function summarizeBuiltIn({ production }: Pick<House, "production">, { choice, kept }: Around): ProviderSummary {
  const now = new Date().toISOString()
  return {
    id: null,
    name: builtInName,
    kind: "local_encrypted",
    scope: null,
    target: "Strongroom's own database",
    isDefault: choice.kind !== "provider",
    status: "up",
    statusSince: now,
    checkedAt: now,
    canWrite: true,
    isApproved: true,
    secretCount: kept.get(null) ?? 0,
    warnings: production ? [developmentOnly] : [],
  }
}

export async function detailBuiltIn(house: House, around: Around): Promise<ProviderDetail> {
  const summary = summarizeBuiltIn(house, around)
  return {
    ...summary,
    settings: {},
    source: "environment",
    hasCredential: false,
    report: {
      at: summary.checkedAt,
      status: "up",
      passed: true,
      canWrite: true,
      lines: [],
      ...nothingFound,
    },
    consents: [],
    approvedBy: null,
    approvedAt: null,
    registeredBy: { kind: "system", id: null, name: "Strongroom" },
    registeredAt: summary.statusSince,
    defaultOf: [],
    cacheSeconds: 0,
    staleSeconds: 0,
    checkSeconds: 0,
    history: [],
    listCommand: null,
    machineCount: await countMachines(house.database.prisma, around.scope.organizationId, null),
  }
}

const developmentOnly =
  "The built-in encrypted store is meant for development. In production, use AWS Secrets Manager or HashiCorp Vault as the backend."

// --- what people should know

function warningsOf(provider: StoredProvider, approved: boolean): string[] {
  const { consents, createdByName } = provider
  const waiting = `Nobody has approved its address yet: until then, only ${createdByName ?? "who registered it"} can have values written there.`
  return [...consents.map((consent) => aboutConsents[consent]), ...(approved ? [] : [waiting])]
}

const aboutConsents: Readonly<Record<ProviderConsent, string>> = {
  plain_http: "Plain HTTP: whoever is on the way to it can read the credential and every value. Give it a certificate.",
  development_server:
    "A development server: it may lose everything when it restarts, and isn't hardened. Before real values go there: https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
  root_token: "Its credential is a root token, which may do everything. Replace it with one of a policy of its own.",
  own_authority:
    "Its certificate is of an authority of your own: whoever has that authority's key can stand in for it.",
  personal_token: "Its token is a person's own and goes when they go. Use AppRole, or a periodic token.",
}
