/**
 * What goes over the wire, as schemas and the types made from them. Nothing here can hold a stored value, but for
 * `disclosure` and its kin at the end, which only a machine is ever answered with.
 */
import { z } from "zod"
import { scopePath, secretName, vaultName } from "./names.ts"
import {
  actorKinds,
  approvalStates,
  auditClasses,
  categories,
  claimMatches,
  environments,
  exchangeRefusals,
  generatedKinds,
  grantAccesses,
  noticeEvents,
  outcomes,
  ownerships,
  protections,
  providerConsents,
  providerKinds,
  providerStatuses,
  roles,
  scopeKinds,
  secretMarks,
  secretStates,
  transferItemStates,
  transferStates,
  unresolvedReasons,
  versionOrigins,
  versionStates,
} from "./words.ts"

export const id = z.uuid()
/** An instant of the database's clock, ISO 8601 in UTC. */
export const time = z.iso.datetime().refine((text) => !text.startsWith("0000"), "There is no year 0.")
const count = z.int().min(0)
/** The largest is what the database's column holds. */
export const versionNumber = z.int().min(1).max(2_147_483_647)

/** Who did something. `id` is null for the system itself and for somebody who is gone. */
export const actor = z.object({ kind: z.enum(actorKinds), id: id.nullable(), name: z.string() })
export type Actor = z.output<typeof actor>

/** One page of a list: ask again with `nextCursor` for what follows; null means that this was the last. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: z.ZodNullable<z.ZodString> }> {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

export const permissions = [
  "public",
  "self",
  "metadata.read",
  "organization.manage",
  "scope.manage",
  "vault.manage",
  "secret.write",
  "secret.destroy",
  "people.read",
  "people.manage",
  "service_account.manage",
  "delegate",
  "audit.read",
  "secret.read",
] as const
export type Permission = (typeof permissions)[number]

// --- scopes and vaults

export const scopeNode = z.object({
  id,
  path: scopePath,
  kind: z.enum(scopeKinds),
  name: z.string(),
  environment: z.enum(environments).nullable(),
  /** Secrets defined at this scope itself. */
  secretCount: count,
  /** False for a scope that is listed only because the caller may see something beneath it. */
  visible: z.boolean(),
})
export type ScopeNode = z.output<typeof scopeNode>

export const approval = z.object({
  id,
  /** Where the second person must hold the permission to delegate. */
  scope: scopePath,
  /** The operation that was asked for. */
  operation: z.string(),
  state: z.enum(approvalStates),
  requestedBy: actor,
  reason: z.string(),
  /** Whether the caller is the one who asked, or may decide. */
  isMine: z.boolean(),
  decidedBy: actor.nullable(),
  decidedAt: time.nullable(),
  /** Why it was refused. */
  note: z.string(),
  createdAt: time,
  /** Until when it can be accepted; once accepted, until when its requester can do it. */
  expiresAt: time,
})
export type Approval = z.output<typeof approval>

export const approvalDetail = approval.extend({
  /** The operation's input, as it was asked for: each field's name and what stands in it. */
  terms: z.array(z.object({ name: z.string(), text: z.string() })),
  /** The scopes because of whose protection it waits. */
  protectedScopes: z.array(scopePath),
  /** The service accounts that could read afterwards what they can't now. */
  readers: z.array(z.object({ id, name: z.string(), scope: scopePath })),
  /** The secrets concerned as things stand: the first of them, and how many there are. */
  secrets: z.array(z.object({ scope: scopePath, vault: vaultName, name: z.string() })),
  secretCount: count,
  /** Only its requester can finish it, once it is accepted: what it makes is shown to them alone. */
  isFinishedByRequester: z.boolean(),
})
export type ApprovalDetail = z.output<typeof approvalDetail>

export const scopeDetail = z.object({
  id,
  path: scopePath,
  kind: z.enum(scopeKinds),
  name: z.string(),
  environment: z.enum(environments).nullable(),
  projects: z.array(z.string()),
  /** What is chosen here. */
  protection: z.enum(protections),
  /** What counts here: two people also where a wider scope asks for them. */
  effectiveProtection: z.enum(protections),
  parent: scopePath.nullable(),
  /** What the caller may do here. */
  permissions: z.array(z.enum(permissions)),
  counts: z.object({ scopes: count, vaults: count, secrets: count, serviceAccounts: count }),
  createdAt: time,
})
export type ScopeDetail = z.output<typeof scopeDetail>

export const vaultSummary = z.object({
  id,
  scope: scopePath,
  name: vaultName,
  description: z.string(),
  /** Whether narrower scopes' machines may come to read what is in it. */
  inheritable: z.boolean(),
  secretCount: count,
  /** How many workspaces lie beneath and see this vault (0 for a private one, or at a workspace). */
  workspacesBeneath: count,
  /** How many service accounts could read a secret put here, as things stand. */
  readableBy: count,
  createdAt: time,
})
export type VaultSummary = z.output<typeof vaultSummary>

// --- secrets and versions

/** A range of sizes, never the exact one. Bytes, both ends included. */
export const sizeClass = z.object({ atLeast: count, atMost: count })
export type SizeClass = z.output<typeof sizeClass>

/** Which provider keeps a secret. The built-in store has no scope, and the name "built-in". */
export const providerName = z.object({ kind: z.enum(providerKinds), name: z.string(), scope: scopePath.nullable() })

export const supports = ["native", "emulated", "none"] as const

export const secretSummary = z.object({
  id,
  scope: scopePath,
  vault: vaultName,
  name: secretName,
  category: z.enum(categories).nullable(),
  description: z.string(),
  owner: z.object({ id, name: z.string() }).nullable(),
  /** The name that it arrives under in an environment, and whether it was set or follows from the name. */
  envName: z.string(),
  envNameIsOwn: z.boolean(),
  provider: providerName,
  ownership: z.enum(ownerships),
  state: z.enum(secretStates),
  marks: z.array(z.enum(secretMarks)),
  /** Null while no version was ever committed. */
  currentVersion: versionNumber.nullable(),
  origin: z.enum(versionOrigins).nullable(),
  updatedAt: time,
  updatedBy: actor,
  readsLastDay: count,
  rotationDays: z.int().nullable(),
  rotationDueAt: time.nullable(),
  /** After this instant a deleted secret is destroyed. */
  purgeAfter: time.nullable(),
  /** In an effective list: the narrower scope whose secret of this name wins over this one. */
  shadowedBy: scopePath.nullable(),
})
export type SecretSummary = z.output<typeof secretSummary>

export const secretDetail = secretSummary.extend({
  createdAt: time,
  createdBy: actor,
  size: sizeClass.nullable(),
  isText: z.boolean().nullable(),
  /** Who typed the current version and so knows it; null when it was generated and nobody does. */
  knownBy: actor.nullable(),
  /** Where the provider keeps it, in the provider's own terms, and the one field there that it is. */
  keptAt: z.string(),
  field: z.string().nullable(),
  /** What can be done with its versions where it is kept. */
  abilities: z.object({
    versions: z.enum(supports),
    trash: z.enum(supports),
    destroyVersion: z.enum(supports),
    /** Versions that its backend keeps; null where it forgets none, or doesn't say. */
    keepsVersions: count.nullable(),
  }),
  /** Since when it isn't as we left it at its backend. */
  driftedAt: time.nullable(),
  lastReadAt: time.nullable(),
  readerCount: count,
  /** Service accounts that fetched it, and how many of them last fetched another version than the current one. */
  fetches: z.object({ total: count, onOldVersion: count }),
  /** Whether a wider scope's secret of this name would be served if this one were deleted, and which. */
  uncovers: z.object({ scope: scopePath, version: versionNumber.nullable() }).nullable(),
})
export type SecretDetail = z.output<typeof secretDetail>

export const version = z.object({
  number: versionNumber,
  state: z.enum(versionStates),
  isCurrent: z.boolean(),
  origin: z.enum(versionOrigins),
  sourceVersion: versionNumber.nullable(),
  note: z.string(),
  createdAt: time,
  createdBy: actor,
  size: sizeClass.nullable(),
  isText: z.boolean().nullable(),
  /** The public half (PEM) of a generated key pair. */
  publicKey: z.string().nullable(),
})
export type Version = z.output<typeof version>

/** A secret whose current value somebody typed, and in which version. */
export const knownSecret = z.object({
  id,
  scope: scopePath,
  vault: vaultName,
  name: z.string(),
  version: versionNumber,
  since: time,
})
export type KnownSecret = z.output<typeof knownSecret>

/** How a write ended. `unknown` means that the store gave no answer: the reconciler finds out. */
export const writeOutcome = z.enum(["written", "unchanged", "pending_approval", "unknown"])

export const written = z.object({ outcome: writeOutcome, version })
export type Written = z.output<typeof written>

export const serviceAccountName = z.object({ id, scope: scopePath, name: z.string() })

export const reader = z.object({
  serviceAccount: serviceAccountName,
  grant: z.object({ id, scope: scopePath, vault: vaultName.nullable(), prefix: z.string().nullable() }),
  activeTokens: count,
  since: time,
  grantedBy: actor,
  confirmedBy: actor.nullable(),
  selfGranted: z.boolean(),
  lastReadAt: time.nullable(),
})
export type Reader = z.output<typeof reader>

export const fetch = z.object({
  serviceAccount: serviceAccountName,
  version: versionNumber,
  isCurrent: z.boolean(),
  at: time,
})
export type Fetch = z.output<typeof fetch>

export const importPreviewRow = z.object({
  name: z.string(),
  state: z.enum(["new", "exists", "deleted", "invalid"]),
  /** What is wrong with the row, and what to do. */
  problem: z.string().nullable(),
})
export type ImportPreviewRow = z.output<typeof importPreviewRow>

export const importResultRow = z.object({
  name: z.string(),
  outcome: z.enum(["created", "written", "skipped", "unchanged", "failed"]),
  version: versionNumber.nullable(),
  problem: z.string().nullable(),
})
export type ImportResultRow = z.output<typeof importResultRow>

// --- providers

/** A provider's settings: flat, and never with a credential. */
export const providerSettings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
export type ProviderSettings = z.output<typeof providerSettings>

/** One line of a check: what was tried, what was found, and what to do about it. */
export const checkLine = z.object({
  id: z.string(),
  state: z.enum(["passed", "warning", "failed", "skipped"]),
  text: z.string(),
  mend: z.string().nullable(),
  /** Text to paste where it is to be mended, such as a policy. */
  paste: z.string().nullable(),
})
export type CheckLine = z.output<typeof checkLine>

export const checkReport = z.object({
  at: time,
  status: z.enum(providerStatuses),
  passed: z.boolean(),
  canWrite: z.boolean(),
  lines: z.array(checkLine),
  serverVersion: z.string().nullable(),
  latencyMs: z.number().nullable(),
  clockSkewMs: z.number().nullable(),
  signedInAs: z.string().nullable(),
  expiresAt: time.nullable(),
  canBeRenewed: z.boolean(),
  needsConsent: z.array(z.enum(providerConsents)),
})
export type CheckReport = z.output<typeof checkReport>

/** A check of settings that aren't saved: running until `report` is there. It holds no credential. */
export const providerDraft = z.object({
  id,
  kind: z.enum(providerKinds),
  name: z.string(),
  settings: providerSettings,
  /** What is known so far. */
  lines: z.array(checkLine),
  report: checkReport.nullable(),
  by: actor,
  createdAt: time,
  /** A draft is forgotten then. */
  until: time,
})
export type ProviderDraft = z.output<typeof providerDraft>

export const providerSummary = z.object({
  /** The built-in store has none. */
  id: id.nullable(),
  name: z.string(),
  kind: z.enum(providerKinds),
  /** Where it was registered; null for the built-in store. */
  scope: scopePath.nullable(),
  /** Where values go, in one line: the address, and the part of it that is ours. */
  target: z.string(),
  /** Whether new secrets of the scope that was asked about are kept there. */
  isDefault: z.boolean(),
  status: z.enum(providerStatuses),
  statusSince: time,
  checkedAt: time,
  canWrite: z.boolean(),
  /** Whether values may go there yet: somebody who may say so has approved just this address. */
  isApproved: z.boolean(),
  /** Secrets that are kept there, of the scopes that the caller may see. */
  secretCount: count,
  /** What people should know about it, such as that it is meant for development. */
  warnings: z.array(z.string()),
})
export type ProviderSummary = z.output<typeof providerSummary>

export const providerDetail = providerSummary.extend({
  settings: providerSettings,
  /** Whether the operator's environment declared it: then its settings are changed there. */
  source: z.enum(["registered", "environment"]),
  hasCredential: z.boolean(),
  report: checkReport,
  consents: z.array(z.enum(providerConsents)),
  approvedBy: actor.nullable(),
  approvedAt: time.nullable(),
  registeredBy: actor,
  registeredAt: time,
  /** Scopes whose new secrets go there. */
  defaultOf: z.array(scopePath),
  cacheSeconds: count,
  staleSeconds: count,
  checkSeconds: count,
  history: z.array(z.object({ since: time, status: z.enum(providerStatuses), text: z.string() })),
  /** The command of the backend's own tool that lists what is kept there; null where there is none. */
  listCommand: z.string().nullable(),
  /** Service accounts that may read something kept there. */
  machineCount: count,
})
export type ProviderDetail = z.output<typeof providerDetail>

/** How one provider is doing, for programs. */
export const providerHealth = z.object({
  provider: z.string(),
  status: z.enum(["healthy", "degraded", "unhealthy"]),
  details: z.object({
    kind: z.enum(providerKinds),
    state: z.enum(providerStatuses),
    since: time,
    checkedAt: time,
    latencyMs: z.number().nullable(),
    message: z.string(),
    /** While it answers nothing, what is cached is served until then at the latest. */
    servesCachedUntil: time.nullable(),
  }),
})
export type ProviderHealth = z.output<typeof providerHealth>

export const bootstrapPlan = z.object({ steps: z.array(z.string()), policy: z.string() })

export const madeAtBackend = z.object({
  kind: z.string(),
  name: z.string(),
  isNew: z.boolean(),
  undo: z.string().nullable(),
})
export type MadeAtBackend = z.output<typeof madeAtBackend>

export const backendEntry = z.object({
  kind: z.enum(["folder", "secret"]),
  /** A folder's path beneath the prefix, or a secret's location. */
  path: z.string(),
  /** The secret here that it is bound to already, if any. */
  boundTo: z.string().nullable(),
})
export type BackendEntry = z.output<typeof backendEntry>

export const adoptedRow = z.object({
  name: z.string(),
  outcome: z.enum(["adopted", "failed"]),
  versions: count,
  problem: z.string().nullable(),
})
export type AdoptedRow = z.output<typeof adoptedRow>

export const transferItem = z.object({
  secret: id,
  vault: vaultName,
  name: secretName,
  state: z.enum(transferItemStates),
  problem: z.string().nullable(),
})
export type TransferItem = z.output<typeof transferItem>

export const transfer = z.object({
  id,
  scope: scopePath,
  to: providerName,
  removeAtSource: z.boolean(),
  state: z.enum(transferStates),
  total: count,
  finished: count,
  failed: count,
  by: actor,
  createdAt: time,
  updatedAt: time,
})
export type Transfer = z.output<typeof transfer>

export const transferDetail = transfer.extend({ items: z.array(transferItem) })
export type TransferDetail = z.output<typeof transferDetail>

export const webhook = z.object({
  id,
  scope: scopePath,
  url: z.string(),
  events: z.array(z.enum(noticeEvents)),
  disabled: z.boolean(),
  createdBy: actor,
  createdAt: time,
  lastDelivery: z
    .object({ at: time, state: z.enum(["waiting", "delivered", "failed"]), problem: z.string().nullable() })
    .nullable(),
})
export type Webhook = z.output<typeof webhook>

export const notice = z.object({
  id,
  scope: scopePath,
  event: z.enum(noticeEvents),
  /** One sentence. */
  text: z.string(),
  /** The page that it is about. */
  link: z.string(),
  createdAt: time,
  resolvedAt: time.nullable(),
})
export type Notice = z.output<typeof notice>

// --- people

export const roleAssignment = z.object({ scope: scopePath, role: z.enum(roles), since: time, grantedBy: actor })
export type RoleAssignment = z.output<typeof roleAssignment>

export const personSummary = z.object({
  id,
  name: z.string(),
  email: z.string(),
  disabled: z.boolean(),
  roles: z.array(roleAssignment),
  lastSeenAt: time.nullable(),
})
export type PersonSummary = z.output<typeof personSummary>

export const personDetail = personSummary.extend({
  createdAt: time,
  /** How they can sign in: "password", or an identity provider's issuer. */
  signsInBy: z.array(z.string()),
  /** What they may do, at each scope where a role of theirs begins to hold. */
  effective: z.array(z.object({ scope: scopePath, permissions: z.array(z.enum(permissions)) })),
})
export type PersonDetail = z.output<typeof personDetail>

export const session = z.object({
  id,
  createdAt: time,
  lastSeenAt: time,
  expiresAt: time,
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  method: z.string(),
  isThis: z.boolean(),
})
export type Session = z.output<typeof session>

export const invitation = z.object({
  id,
  email: z.string().nullable(),
  role: z.enum(roles),
  scope: scopePath,
  invitedBy: actor,
  createdAt: time,
  expiresAt: time,
  state: z.enum(["open", "accepted", "expired", "revoked"]),
})
export type Invitation = z.output<typeof invitation>

export const personalToken = z.object({
  id,
  name: z.string(),
  prefix: z.string(),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
})
export type PersonalToken = z.output<typeof personalToken>

export const me = z.object({
  kind: z.enum(["person", "service_account"]),
  id,
  name: z.string(),
  email: z.string().nullable(),
  organization: z.object({ path: scopePath, name: z.string() }),
  /** The scope a service account belongs to; null for a person. */
  scope: scopePath.nullable(),
  roles: z.array(z.object({ scope: scopePath, role: z.enum(roles) })),
  /** The session that asks, if one does. Delegating needs `freshUntil` to lie ahead. */
  session: z.object({ id, expiresAt: time, freshUntil: time, method: z.string() }).nullable(),
})
export type Me = z.output<typeof me>

export const signedIn = z.object({
  /** The session's id: the one thing that the browser's cookie holds. */
  session: z.string(),
  expiresAt: time,
  person: z.object({ id, name: z.string(), email: z.string() }),
})
export type SignedIn = z.output<typeof signedIn>

// --- machines

export const grant = z.object({
  id,
  scope: scopePath,
  /** Null means every vault that the scope sees. */
  vault: vaultName.nullable(),
  prefix: z.string().nullable(),
  access: z.enum(grantAccesses),
  since: time,
  grantedBy: actor,
  confirmedBy: actor.nullable(),
  selfGranted: z.boolean(),
})
export type Grant = z.output<typeof grant>

export const accessToken = z.object({
  id,
  name: z.string(),
  prefix: z.string(),
  cidrs: z.array(z.string()),
  issuedBy: actor,
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
  lastAddress: z.string().nullable(),
  revokedAt: time.nullable(),
})
export type AccessToken = z.output<typeof accessToken>

export const claimCondition = z.strictObject({
  /** A claim's name, or a JSON pointer to one inside another: `/kubernetes.io/namespace`. */
  claim: z
    .string()
    .min(1, "Name a claim.")
    .max(128)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, "Use one line of plain text."),
  match: z.enum(claimMatches),
  /** One of them must hold. */
  values: z
    .array(
      z
        .string()
        .min(1, "Enter a value.")
        .max(512)
        .regex(/^[^\p{Cc}\p{Cf}]*$/u, "Use one line of plain text."),
    )
    .min(1, "Enter a value.")
    .max(20),
})
export type ClaimCondition = z.output<typeof claimCondition>

export const lastRefusal = z.object({
  at: time,
  reason: z.enum(exchangeRefusals),
  /** What the rule says, and what the token said: of a claim, or of issuer, audience and the like. */
  claim: z.string().nullable(),
  expected: z.string().nullable(),
  found: z.string().nullable(),
  /** Whether the issuer had signed it. Without that, anybody may have made it up. */
  isSigned: z.boolean(),
  /** The names of its claims, with what may be shown of what they said. */
  claims: z.array(z.object({ name: z.string(), value: z.string().nullable() })),
})
export type LastRefusal = z.output<typeof lastRefusal>

export const trustRule = z.object({
  id,
  name: z.string(),
  issuer: z.string(),
  keySet: z.string().nullable(),
  ca: z.string().nullable(),
  audience: z.string(),
  conditions: z.array(claimCondition),
  lifetimeSeconds: z.int(),
  refusesReplay: z.boolean(),
  createdAt: time,
  createdBy: actor,
  changedAt: time,
  lastExchangeAt: time.nullable(),
  lastRefusal: lastRefusal.nullable(),
})
export type TrustRule = z.output<typeof trustRule>

export const serviceAccountSummary = z.object({
  id,
  scope: scopePath,
  name: z.string(),
  description: z.string(),
  disabled: z.boolean(),
  activeTokens: count,
  grantCount: count,
  createdAt: time,
  createdBy: actor,
  lastUsedAt: time.nullable(),
})
export type ServiceAccountSummary = z.output<typeof serviceAccountSummary>

export const readableSecret = z.object({
  scope: scopePath,
  vault: vaultName,
  name: secretName,
  currentVersion: versionNumber.nullable(),
  /** The grant that makes it readable. */
  grant: id,
})

export const serviceAccountDetail = serviceAccountSummary.extend({
  grants: z.array(grant),
  tokens: z.array(accessToken),
  /** The first two hundred secrets that it can read now, in the order of their references, and how many there are. */
  readable: z.array(readableSecret),
  readableCount: count,
})
export type ServiceAccountDetail = z.output<typeof serviceAccountDetail>

// --- audit

export const auditEvent = z.object({
  seq: z.int().min(1),
  at: time,
  class: z.enum(auditClasses),
  action: z.string(),
  outcome: z.enum(outcomes),
  /** The error code, where the outcome isn't `done`. */
  reason: z.string().nullable(),
  actor,
  credential: z.object({ kind: z.string(), id }).nullable(),
  address: z.string().nullable(),
  scope: z.string().nullable(),
  vault: z.string().nullable(),
  secret: z.object({ id, name: z.string() }).nullable(),
  version: z.int().nullable(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }).nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  requestId: z.string(),
  previous: z.string(),
  hash: z.string(),
})
export type AuditEvent = z.output<typeof auditEvent>

export const searchHit = z.object({
  kind: z.enum(["scope", "vault", "secret", "service_account", "person"]),
  label: z.string(),
  scope: scopePath,
  vault: vaultName.nullable(),
  id,
})
export type SearchHit = z.output<typeof searchHit>

// --- what a machine is answered with

/** A value as JSON carries it: text where it is valid UTF-8, else base64 with `encoding`. */
export const disclosedValue = { value: z.string(), encoding: z.literal("base64").optional() }

export const disclosure = z.object({
  /** The scope whose secret won. */
  scope: scopePath,
  vault: vaultName,
  name: secretName,
  version: versionNumber,
  ...disclosedValue,
  /** Only while its store can't be asked: when it was read there last, and so when this was certain. */
  staleSince: time.optional(),
})
export type Disclosure = z.output<typeof disclosure>

export const disclosures = z.object({ values: z.record(z.string(), disclosure) })
export type Disclosures = z.output<typeof disclosures>

/** A reference that doesn't come with the answer, by its name, and why. `detail` says what to do. */
export const unresolved = z.object({
  name: secretName,
  ref: z.string(),
  reason: z.enum(unresolvedReasons),
  detail: z.string(),
})
export type Unresolved = z.output<typeof unresolved>

export const resolvedEntry = z.object({
  name: secretName,
  envName: z.string(),
  /** As it was asked for; in an effective set, the address by which the workspace gets it. */
  ref: z.string(),
  vault: vaultName,
  version: versionNumber,
  /** The scope whose secret won. */
  scope: scopePath,
  /** Its name; `built-in` is the built-in store. */
  provider: z.string(),
  encoding: disclosedValue.encoding,
  staleSince: disclosure.shape.staleSince,
})
export type ResolvedEntry = z.output<typeof resolvedEntry>

export const resolution = z.object({
  scope: scopePath,
  /** Values by the names of environment variables. One whose entry has an `encoding` is in base64. */
  env: z.record(z.string(), disclosedValue.value),
  entries: z.array(resolvedEntry),
  /** What is left out, where the caller said that this is fine. */
  unresolved: z.array(unresolved),
})
export type Resolution = z.output<typeof resolution>

// --- why a workspace gets what it gets, without a value

const candidate = z.object({ scope: scopePath, version: versionNumber, provider: z.string() })

/** Why the caller may have it: a grant of the service account, or the role by which a person sees that it is there. */
export const entitlement = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("grant"),
    id,
    scope: scopePath,
    vault: vaultName.nullable(),
    prefix: z.string().nullable(),
  }),
  z.object({ kind: z.literal("role"), role: z.enum(roles), scope: scopePath }),
])
export type Entitlement = z.output<typeof entitlement>

export const explanation = z.object({
  name: secretName,
  envName: z.string(),
  ref: z.string(),
  vault: vaultName,
  winner: candidate,
  /** Why its value isn't handed out all the same; null where nothing that is known here stands in the way. */
  problem: z.object({ reason: z.enum(unresolvedReasons), detail: z.string() }).nullable(),
  /** What it stands in front of, narrowest first. */
  shadows: z.array(candidate),
  /** What would win if it went: the next of them. Null: nothing would. */
  next: candidate.nullable(),
  because: z.array(entitlement),
})
export type Explanation = z.output<typeof explanation>

export { generatedKinds }
