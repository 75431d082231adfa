/** The product's closed sets of words, and how people read them. Safe for browsers: no imports, no state. */

export const scopeKinds = ["organization", "team", "workspace"] as const
export type ScopeKind = (typeof scopeKinds)[number]

export const environments = ["development", "staging", "production"] as const
export type Environment = (typeof environments)[number]

export const protections = ["recorded", "two_people"] as const
export type Protection = (typeof protections)[number]

/**
 * How it stands with a request for a second person. What only its requester can finish is `accepted` until they do, and
 * all else is `done` in the moment that it is accepted.
 */
export const approvalStates = ["waiting", "accepted", "done", "refused", "withdrawn", "expired"] as const
export type ApprovalState = (typeof approvalStates)[number]

export const roles = ["owner", "admin", "auditor", "lead", "editor", "viewer"] as const
export type Role = (typeof roles)[number]

/** The scopes that a role can be given at. */
export const roleGivenAt: Readonly<Record<Role, readonly ScopeKind[]>> = {
  owner: ["organization"],
  admin: ["organization"],
  auditor: ["organization"],
  lead: ["team"],
  editor: ["team", "workspace"],
  viewer: ["team", "workspace"],
}

export const categories = ["provider_credentials", "infrastructure", "integration", "agent"] as const
export type Category = (typeof categories)[number]
export const categoryLabel: Readonly<Record<Category, string>> = {
  provider_credentials: "Vendor API credentials",
  infrastructure: "Infrastructure",
  integration: "Integration",
  agent: "Agent",
}

export const providerKinds = [
  "local_encrypted",
  "vault_dev",
  "vault",
  "vault_hcp",
  "aws_sm",
  "azure_kv",
  "infisical_cloud",
  "infisical_self_host",
] as const
export type ProviderKind = (typeof providerKinds)[number]

/** What the built-in store is called where a provider is named. */
export const builtInName = "built-in"
export const builtInKind = "local_encrypted" satisfies ProviderKind

/** How a provider is doing. All but the first two mean that it serves nothing but what is cached. */
export const providerStatuses = [
  "up",
  "standby",
  "throttled",
  "forbidden",
  "unauthenticated",
  "sealed",
  "uninitialized",
  "misconfigured",
  "tls",
  "unreachable",
] as const
export type ProviderStatus = (typeof providerStatuses)[number]

/** What is ticked deliberately before a provider like that is saved. */
export const providerConsents = [
  "plain_http",
  "development_server",
  "root_token",
  "own_authority",
  "personal_token",
] as const
export type ProviderConsent = (typeof providerConsents)[number]

/** Whether we may change what is kept: `external` is somebody else's, and only read. */
export const ownerships = ["managed", "external"] as const
export type Ownership = (typeof ownerships)[number]

export const transferStates = ["running", "paused", "done", "failed"] as const
export type TransferState = (typeof transferStates)[number]

export const transferItemStates = ["waiting", "copying", "switched", "done", "skipped", "failed"] as const
export type TransferItemState = (typeof transferItemStates)[number]

/** What a webhook can be told of, and what the console shows as notices. */
export const noticeEvents = [
  "provider.sealed",
  "provider.unreachable",
  "provider.credential_expiring",
  "secret.drifted",
  "secret.rotation_due",
] as const
export type NoticeEvent = (typeof noticeEvents)[number]

/** `pending_deletion` is a deleted secret's name that its store still holds; `disabled` ones answer no machine. */
export const secretStates = ["active", "disabled", "deleted", "destroyed"] as const
export type SecretState = (typeof secretStates)[number]

/**
 * `deleted`: its backend can bring it back. `forgotten`: its backend keeps only so many versions, and this one no more.
 */
export const versionStates = ["enabled", "disabled", "deleted", "forgotten", "destroyed"] as const
export type VersionState = (typeof versionStates)[number]

/** How a version came to be. */
export const versionOrigins = [
  "typed",
  "generated",
  "imported",
  "rolled_back",
  "changed_at_backend",
  "adopted",
] as const
export type VersionOrigin = (typeof versionOrigins)[number]

/** What a page marks a secret with, besides its state. */
export const secretMarks = [
  "rotation_due",
  "expired",
  "shadowed",
  "external",
  "self_granted",
  "old_version_in_use",
  "drifted",
] as const
export type SecretMark = (typeof secretMarks)[number]

export const grantAccesses = ["read", "write"] as const
export type GrantAccess = (typeof grantAccesses)[number]

/** `view`: metadata was looked at. `denied` covers every refusal, a bad input included. */
/** How a trust rule's condition compares a claim: with exact words, or with patterns whose `*` stays in its segment. */
export const claimMatches = ["exact", "pattern"] as const
export type ClaimMatch = (typeof claimMatches)[number]

/** Why a job's token was refused under a trust rule; `claim`: one of the rule's conditions didn't hold. */
export const exchangeRefusals = [
  "form",
  "issuer",
  "algorithm",
  "key",
  "signature",
  "issuer_unreachable",
  "audience",
  "expired",
  "not_yet",
  "claim",
  "replay",
  "account_disabled",
] as const
export type ExchangeRefusal = (typeof exchangeRefusals)[number]

export const auditClasses = ["view", "change", "delegation", "disclosure", "sign_in"] as const
export type AuditClass = (typeof auditClasses)[number]

export const outcomes = ["done", "unchanged", "pending_approval", "denied", "invalid", "conflict", "failed"] as const
export type Outcome = (typeof outcomes)[number]

export const actorKinds = ["person", "service_account", "system", "nobody"] as const
export type ActorKind = (typeof actorKinds)[number]

export const importFormats = ["env", "json", "yaml", "csv"] as const
export type ImportFormat = (typeof importFormats)[number]

export const generatedKinds = [
  "password",
  "alphanumeric",
  "hex",
  "base64url",
  "uuid",
  "ed25519",
  "ec_p256",
  "rsa_3072",
] as const
export type GeneratedKind = (typeof generatedKinds)[number]

/** Why a reference doesn't resolve. `forbidden`: no grant covers it, whether or not it is there. */
export const unresolvedReasons = ["missing", "forbidden", "disabled", "gone", "colliding", "unavailable"] as const
