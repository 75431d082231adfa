/** The product's closed sets of words, and how people read them. Safe for browsers: no imports, no state. */

export const scopeKinds = ["organization", "team", "workspace"] as const
export type ScopeKind = (typeof scopeKinds)[number]

export const environments = ["development", "staging", "production"] as const
export type Environment = (typeof environments)[number]

export const protections = ["recorded", "two_people"] as const
export type Protection = (typeof protections)[number]

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

/** `pending_deletion` is a deleted secret's name that its store still holds; `disabled` ones answer no machine. */
export const secretStates = ["active", "disabled", "deleted", "destroyed"] as const
export type SecretState = (typeof secretStates)[number]

export const versionStates = ["enabled", "disabled", "destroyed"] as const
export type VersionState = (typeof versionStates)[number]

/** How a version came to be. */
export const versionOrigins = ["typed", "generated", "imported", "rolled_back", "changed_at_backend"] as const
export type VersionOrigin = (typeof versionOrigins)[number]

/** What a page marks a secret with, besides its state. */
export const secretMarks = [
  "rotation_due",
  "expired",
  "shadowed",
  "external",
  "self_granted",
  "old_version_in_use",
] as const
export type SecretMark = (typeof secretMarks)[number]

export const grantAccesses = ["read", "write"] as const
export type GrantAccess = (typeof grantAccesses)[number]

/** `view`: metadata was looked at. `denied` covers every refusal, a bad input included. */
export const auditClasses = ["view", "change", "delegation", "disclosure", "sign_in"] as const
export type AuditClass = (typeof auditClasses)[number]

export const outcomes = ["done", "unchanged", "denied", "invalid", "conflict", "failed"] as const
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
