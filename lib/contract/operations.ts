/**
 * The one table of what can be asked of the product. From it come the HTTP endpoints, the OpenAPI document, the SDK's
 * types, the authorization matrix, and the checks that no operation lacks a permission or an audit event.
 */
import { z } from "zod"
import { Secret } from "../secret.ts"
import type { Permission } from "./dto.ts"
import * as dto from "./dto.ts"
import { ownEnvName, scopePath, secretAddress, secretName, slug, vaultName } from "./names.ts"
import type { OperationName } from "./routes.ts"
import { newValueFields, readWireValue, takeNewValue, valueFields } from "./value-input.ts"
import * as words from "./words.ts"

/** Who may call an operation at all. What they may call it on is `permission`'s business. */
export type CallerKind = "nobody" | "session" | "personal_token" | "service_account"

export interface OperationSpec {
  summary: string
  input: z.ZodType
  output: z.ZodType
  /** What the caller needs; `public` needs nothing, `self` needs to be the person concerned. */
  permission: Permission
  callers: readonly CallerKind[]
  /**
   * Whether somebody or something could read a value afterwards that could not before. `maybe`: it depends on the
   * input (a move to where nobody new reads is none), and the use case decides.
   */
  delegates: boolean | "maybe"
  audit: { action: string; class: words.AuditClass }
  /** Answers on api's private socket alone: the console calls it for somebody who is coming in. */
  private?: true
  /** Output fields that are shown once: an idempotent replay leaves them out. */
  shownOnce?: readonly string[]
  /** The body may hold values, so it may be 512 KiB instead of 64. */
  holdsValue?: true
  /** The body is a form, and errors are told as OAuth 2.0 tells them (RFC 6749, 5.2): a standard's clients come here. */
  oauth?: true
  /** The answer is a stream of text lines, of this media type. */
  streams?: true
  /** A machine read: it has an ETag, and may be answered by "not modified". */
  conditional?: true
}

const people: readonly CallerKind[] = ["session", "personal_token"]
const sessions: readonly CallerKind[] = ["session"]
const anyone: readonly CallerKind[] = ["session", "personal_token", "service_account"]
const machines: readonly CallerKind[] = ["service_account"]
const nobody: readonly CallerKind[] = ["nobody"]

function operation<const Spec extends OperationSpec>(spec: Spec): Spec {
  return spec
}

// --- what inputs are made of

const nothing = z.strictObject({})
const done = z.object({})
const atScope = { scope: scopePath }
const atVault = { scope: scopePath, vault: vaultName }
const atSecret = { scope: scopePath, vault: vaultName, secret: secretName }
const atVersion = { ...atSecret, version: z.coerce.number().pipe(dto.versionNumber) }
const atAccount = { scope: scopePath, account: slug }
const paging = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}
/** A boolean as a query carries it. */
const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] })]).default(false)
/** A list as a query carries it: once, or repeated. */
const several = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item).max(50), item.transform((one) => [one])]).optional()

const displayName = z
  .string()
  .trim()
  .min(1, "Enter a name.")
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, "A name can't hold control or invisible characters.")
  .normalize("NFC")
const shortText = z
  .string()
  .max(1000)
  .regex(/^[^\p{Cc}]*$/u, "Use one line of plain text.")
const email = z.email("Enter an e-mail address.").max(254)
const newPassword = z
  .string()
  .min(12, "Use at least 12 characters.")
  .refine((text) => Buffer.byteLength(text) <= 1024, "Use at most 1,024 bytes.")
const password = z.string().min(1).max(1024)
const code = z.string().min(16).max(200)
const note = shortText.default("")
const expectedVersion = z.union([z.literal(0), dto.versionNumber]).optional()
const project = z.string().trim().min(1).max(128)
const atWorkspace = {
  scope: scopePath.optional(),
  /** A project that a workspace within the grants lists: that workspace. */
  project: project.optional(),
  /** Whether an answer without what can't be resolved is fine: it is listed then. */
  partial: flag,
}
const namesOneWorkspace = ({ scope, project }: { scope?: unknown; project?: unknown }): boolean =>
  scope === undefined || project === undefined
const oneWorkspace = { path: ["project"], error: "Name a scope or a project, not both." }
const cidr = z.union([z.cidrv4(), z.cidrv6()])

const secretMetadata = {
  category: z.enum(words.categories).nullable(),
  description: shortText,
  /** A person's id. */
  owner: dto.id.nullable(),
  rotationDays: z.int().min(1).max(3650).nullable(),
  envName: ownEnvName.nullable(),
}

/** A provider by its name, at the scope or a wider one; `built-in` is the built-in store. */
const providerReference = slug
const atProvider = { scope: scopePath, provider: providerReference }
const atTransfer = { scope: scopePath, transfer: dto.id }
const atApproval = { scope: scopePath, approval: dto.id }
const approvalText = z.string().trim().max(500)
const atWebhook = { scope: scopePath, webhook: dto.id }

/** Flat, as forms are; each kind of provider checks its own. */
const providerSettings = z.record(
  z.string().regex(/^[a-zA-Z]{1,32}$/),
  z.union([z.string().max(64 * 1024), z.number(), z.boolean(), z.null()]),
)
const oneSecret = z
  .string()
  .min(1)
  .max(32 * 1024)
  .refine((text) => text.isWellFormed(), "This isn't valid Unicode text.")
  .transform((text) => Secret.fromText(text))
/** The credential's fields, each closed at once. They never come out again. */
const providerCredential = z.record(z.string().regex(/^[a-zA-Z]{1,32}$/), oneSecret).default({})
const seconds = (least: number, most: number) => z.int().min(least).max(most)
const providerTimes = {
  /** How long a value that was read there may be served without asking again. */
  cacheSeconds: seconds(0, 3_600).default(60),
  /** How long it may be served while the backend can't be asked. */
  staleSeconds: seconds(0, 7 * 86_400).default(86_400),
  /** How often it is checked, and looked at for what changed there. */
  checkSeconds: seconds(10, 86_400).default(60),
}
const bootstrapInput = {
  ...atScope,
  kind: z.enum(words.providerKinds),
  name: slug,
  settings: providerSettings,
  /** Whether to make the mount itself if it isn't there. */
  makePlace: z.boolean().default(false),
}
const trustedIssuer = z.url({ protocol: /^https?$/ }).max(512)
const trustedAudience = z
  .string()
  .trim()
  .min(1, "Enter an audience.")
  .max(512)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, "Use one line of plain text.")
const trustRuleFields = {
  name: displayName,
  /** Exactly as its tokens say it. */
  issuer: trustedIssuer,
  /** A JSON Web Key Set, for an issuer that can't be asked from here. */
  keySet: z.string().min(1).max(32_768).nullable().default(null),
  /** PEM text of the authorities that certify the issuer, such as a cluster's CA. */
  ca: z.string().min(1).max(16_384).nullable().default(null),
  audience: trustedAudience,
  /** All of them must hold. */
  conditions: z.array(dto.claimCondition).min(1, "Add a condition.").max(20),
  lifetimeSeconds: z.int().min(60).max(900).default(900),
  /** Whether each token, by its `jti`, is taken once. */
  refusesReplay: z.boolean().default(false),
}
const atTrustRule = { ...atAccount, rule: dto.id }
const webhookUrl = z.url({ protocol: /^https?$/ }).max(2048)
const webhookEvents = z.array(z.enum(words.noticeEvents)).min(1).max(words.noticeEvents.length)

const importRow = z
  .strictObject({
    name: z.string().max(256),
    ...valueFields,
    category: secretMetadata.category.optional(),
    description: secretMetadata.description.optional(),
    onExisting: z.enum(["skip", "write"]).default("skip"),
    /** The row's idempotency key: sending the row again gives the same result. */
    key: z.string().min(8).max(128),
  })
  // A value that can't be kept fails its own row, not the batch.
  .transform(({ value, encoding, ...rest }) => ({ ...rest, value: readWireValue({ value, encoding }) }))

export const operations = {
  describeSetup: operation({
    summary: "Whether this installation has its first owner",
    input: nothing,
    output: z.object({ done: z.boolean() }),
    permission: "public",
    callers: ["nobody", ...anyone],
    delegates: false,
    audit: { action: "setup.describe", class: "view" },
  }),
  setUp: operation({
    summary: "Make the first owner and the organization, with the code that the first start printed",
    input: z.strictObject({
      code,
      name: displayName,
      email,
      password: newPassword,
      organization: slug,
      organizationName: displayName.optional(),
    }),
    output: z.object({
      person: dto.id,
      organization: scopePath,
      /** A personal token of the owner, that lives an hour. Shown once. */
      token: z.string().optional(),
      tokenExpiresAt: dto.time,
    }),
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "setup.complete", class: "change" },
    shownOnce: ["token"],
  }),

  signIn: operation({
    summary: "Sign in by password",
    input: z.strictObject({ email: z.string().max(1024), password: z.string().max(4096) }),
    output: dto.signedIn,
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "session.create", class: "sign_in" },
    private: true,
    shownOnce: ["session"],
  }),
  signInWithIdentity: operation({
    summary: "Sign in by an ID token of an identity provider, joining by an invitation if the identity is new",
    input: z.strictObject({
      issuer: z.url(),
      idToken: z.string().max(16_384),
      /** For a provider whose ID token doesn't tell name and address: it is asked for them with this. */
      accessToken: z.string().max(16_384).optional(),
      invitation: code.optional(),
    }),
    output: dto.signedIn,
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "session.create", class: "sign_in" },
    private: true,
    shownOnce: ["session"],
  }),
  confirmSignIn: operation({
    summary: "Enter the password again, so that delegating is possible for ten minutes",
    input: z.strictObject({ password }),
    output: z.object({ freshUntil: dto.time }),
    permission: "self",
    callers: sessions,
    delegates: false,
    audit: { action: "session.confirm", class: "sign_in" },
  }),
  describeInvitation: operation({
    summary: "What an invitation's code offers",
    input: z.strictObject({ code }),
    output: z.object({
      organization: z.string(),
      scope: scopePath,
      role: z.enum(words.roles),
      email: z.string().nullable(),
      invitedBy: z.string(),
      expiresAt: dto.time,
    }),
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "invitation.describe", class: "view" },
  }),
  acceptInvitation: operation({
    summary: "Join by an invitation, with a password",
    input: z.strictObject({ code, name: displayName, email, password: newPassword }),
    output: z.object({ person: dto.id }),
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "invitation.accept", class: "change" },
  }),

  describeMe: operation({
    summary: "Who asks",
    input: nothing,
    output: dto.me,
    permission: "self",
    callers: anyone,
    delegates: false,
    audit: { action: "me.describe", class: "view" },
  }),
  changePassword: operation({
    summary: "Change one's own password; every other session of the person ends",
    input: z.strictObject({ current: password, next: newPassword }),
    output: done,
    permission: "self",
    callers: sessions,
    delegates: false,
    audit: { action: "person.change_password", class: "change" },
  }),
  signOut: operation({
    summary: "End the session that asks",
    input: nothing,
    output: done,
    permission: "self",
    callers: sessions,
    delegates: false,
    audit: { action: "session.end", class: "sign_in" },
  }),
  listPersonalTokens: operation({
    summary: "One's own personal tokens",
    input: z.strictObject(paging),
    output: dto.pageOf(dto.personalToken),
    permission: "self",
    callers: people,
    delegates: false,
    audit: { action: "personal_token.list", class: "view" },
  }),
  createPersonalToken: operation({
    summary: "Make a token with one's own rights: it never reads a value",
    input: z.strictObject({ name: displayName, expiresInDays: z.int().min(1).max(365).default(30) }),
    output: z.object({ token: z.string().optional(), personalToken: dto.personalToken }),
    permission: "self",
    callers: sessions,
    delegates: false,
    audit: { action: "personal_token.create", class: "change" },
    shownOnce: ["token"],
  }),
  revokePersonalToken: operation({
    summary: "Revoke one of one's own personal tokens",
    input: z.strictObject({ token: dto.id }),
    output: done,
    permission: "self",
    callers: people,
    delegates: false,
    audit: { action: "personal_token.revoke", class: "change" },
  }),

  listScopes: operation({
    summary: "The tree of scopes that the caller may see, in the order of their paths",
    input: z.strictObject({ ...paging, limit: z.coerce.number().int().min(1).max(2000).default(2000) }),
    output: dto.pageOf(dto.scopeNode),
    permission: "self",
    callers: people,
    delegates: false,
    audit: { action: "scope.list", class: "view" },
  }),
  describeScope: operation({
    summary: "One scope, and what the caller may do there",
    input: z.strictObject(atScope),
    output: dto.scopeDetail,
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "scope.describe", class: "view" },
  }),
  createScope: operation({
    summary: "Make a team in an organization, or a workspace in a team",
    input: z.strictObject({
      ...atScope,
      slug,
      name: displayName.optional(),
      environment: z.enum(words.environments).nullable().default(null),
      projects: z.array(project).max(50).default([]),
    }),
    output: dto.scopeDetail,
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "scope.create", class: "change" },
  }),
  changeScope: operation({
    summary: "Rename a scope, or change its environment, projects or protection",
    input: z.strictObject({
      ...atScope,
      slug: slug.optional(),
      name: displayName.optional(),
      environment: z.enum(words.environments).nullable().optional(),
      projects: z.array(project).max(50).optional(),
      protection: z.enum(words.protections).optional(),
    }),
    output: dto.scopeDetail,
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "scope.change", class: "change" },
  }),
  deleteScope: operation({
    summary: "Delete a scope with everything beneath it; the name is asked for",
    input: z.strictObject({ ...atScope, confirm: z.string().max(200) }),
    output: done,
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "scope.delete", class: "change" },
  }),
  search: operation({
    summary: "Names of scopes, vaults, secrets, service accounts and people that hold the text",
    input: z.strictObject({
      text: z.string().trim().min(1).max(128),
      limit: z.coerce.number().int().min(1).max(50).default(20),
    }),
    output: z.object({ items: z.array(dto.searchHit) }),
    permission: "self",
    callers: people,
    delegates: false,
    audit: { action: "search", class: "view" },
  }),

  listApprovals: operation({
    summary: "What waits for a second person at a scope and beneath it, newest first",
    input: z.strictObject({ ...atScope, ...paging, state: z.enum(["open", "all"]).default("open") }),
    output: dto.pageOf(dto.approval).extend({ waiting: z.int().min(0) }),
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "approval.list", class: "view" },
  }),
  describeApproval: operation({
    summary: "A request for a second person: who asks, for whom, what becomes readable, and why",
    input: z.strictObject(atApproval),
    output: dto.approvalDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "approval.describe", class: "view" },
  }),
  explainApproval: operation({
    summary: "Say why you ask for it",
    input: z.strictObject({ ...atApproval, reason: approvalText }),
    output: dto.approvalDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "approval.explain", class: "change" },
  }),
  acceptApproval: operation({
    summary: "Accept what somebody else asked for: it is done, or they can do it within a day",
    input: z.strictObject(atApproval),
    output: dto.approvalDetail,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "approval.accept", class: "delegation" },
  }),
  refuseApproval: operation({
    summary: "Refuse what somebody else asked for, and say why",
    input: z.strictObject({ ...atApproval, note: approvalText.default("") }),
    output: dto.approvalDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "approval.refuse", class: "delegation" },
  }),
  withdrawApproval: operation({
    summary: "Take back what you asked for",
    input: z.strictObject(atApproval),
    output: dto.approvalDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "approval.withdraw", class: "change" },
  }),

  listVaults: operation({
    summary: "The vaults of a scope",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.vaultSummary),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "vault.list", class: "view" },
  }),
  createVault: operation({
    summary: "Make a vault",
    input: z.strictObject({
      ...atScope,
      name: vaultName,
      description: shortText.default(""),
      inheritable: z.boolean().default(true),
    }),
    output: dto.vaultSummary,
    permission: "vault.manage",
    callers: people,
    delegates: false,
    audit: { action: "vault.create", class: "change" },
  }),
  changeVault: operation({
    summary: "Change a vault's description, or whether narrower scopes inherit it",
    input: z.strictObject({ ...atVault, description: shortText.optional(), inheritable: z.boolean().optional() }),
    output: dto.vaultSummary,
    permission: "vault.manage",
    callers: people,
    delegates: "maybe",
    audit: { action: "vault.change", class: "change" },
  }),
  deleteVault: operation({
    summary: "Delete an empty vault",
    input: z.strictObject(atVault),
    output: done,
    permission: "vault.manage",
    callers: people,
    delegates: false,
    audit: { action: "vault.delete", class: "change" },
  }),

  listSecrets: operation({
    summary: "The secrets defined at a scope, or the effective ones with what they shadow",
    input: z.strictObject({
      ...atScope,
      ...paging,
      effective: flag,
      vault: several(vaultName),
      category: several(z.enum(words.categories)),
      provider: several(z.string().max(63)),
      state: several(z.enum([...words.secretStates, ...words.secretMarks])),
      owner: several(dto.id),
      text: z.string().max(128).optional(),
      sort: z.enum(["name", "updated"]).default("name"),
    }),
    output: dto.pageOf(dto.secretSummary).extend({
      /** How many match, and in an effective list how many of them are shadowed. */
      total: z.int().min(0),
      shadowed: z.int().min(0),
      due: z.int().min(0),
    }),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "secret.list", class: "view" },
  }),
  createSecret: operation({
    summary: "Keep a new secret; it never overwrites one",
    input: z
      .strictObject({
        ...atVault,
        name: secretName,
        ...newValueFields,
        category: secretMetadata.category.default(null),
        description: secretMetadata.description.default(""),
        owner: secretMetadata.owner.default(null),
        rotationDays: secretMetadata.rotationDays.default(null),
        envName: secretMetadata.envName.default(null),
        note,
      })
      .transform(takeNewValue),
    output: z.object({ outcome: dto.writeOutcome, secret: dto.secretDetail, version: dto.version }),
    permission: "secret.write",
    callers: anyone,
    delegates: false,
    audit: { action: "secret.create", class: "change" },
    holdsValue: true,
  }),
  describeSecret: operation({
    summary: "What is known of a secret, never its value",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "metadata.read",
    callers: anyone,
    delegates: false,
    audit: { action: "secret.describe", class: "view" },
  }),
  changeSecret: operation({
    summary: "Change a secret's name or what is said of it",
    input: z.strictObject({
      ...atSecret,
      name: secretName.optional(),
      category: secretMetadata.category.optional(),
      description: secretMetadata.description.optional(),
      owner: secretMetadata.owner.optional(),
      rotationDays: secretMetadata.rotationDays.optional(),
      envName: secretMetadata.envName.optional(),
    }),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: "maybe",
    audit: { action: "secret.change", class: "change" },
  }),
  moveSecret: operation({
    summary: "Move a secret to another vault, at this scope or another; its history goes with it",
    input: z.strictObject({ ...atSecret, toScope: scopePath, toVault: vaultName }),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: "maybe",
    audit: { action: "secret.move", class: "change" },
  }),
  disableSecret: operation({
    summary: "Let every read of a secret fail, until it is enabled again",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.disable", class: "change" },
  }),
  enableSecret: operation({
    summary: "Let a disabled secret be read again",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.enable", class: "change" },
  }),
  deleteSecret: operation({
    summary: "Delete a secret; it can be restored for thirty days",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.delete", class: "change" },
  }),
  restoreSecret: operation({
    summary: "Bring a deleted secret back",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.restore", class: "change" },
  }),
  destroySecret: operation({
    summary: "Destroy a secret with every version; nothing brings it back, so its name is asked for",
    input: z.strictObject({ ...atSecret, confirm: z.string().max(128) }),
    output: done,
    permission: "secret.destroy",
    callers: people,
    delegates: false,
    audit: { action: "secret.destroy", class: "change" },
  }),
  listReaders: operation({
    summary: "Which service accounts may read a secret, since when, granted by whom",
    input: z.strictObject({ ...atSecret, ...paging }),
    output: dto.pageOf(dto.reader),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "secret.readers", class: "view" },
  }),
  listFetches: operation({
    summary: "Which version each service account last fetched; those on an old one come first",
    input: z.strictObject({ ...atSecret, ...paging }),
    output: dto.pageOf(dto.fetch),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "secret.fetches", class: "view" },
  }),

  listVersions: operation({
    summary: "A secret's history, newest first",
    input: z.strictObject({ ...atSecret, ...paging }),
    output: dto.pageOf(dto.version),
    permission: "metadata.read",
    callers: anyone,
    delegates: false,
    audit: { action: "version.list", class: "view" },
  }),
  writeVersion: operation({
    summary: "Write a new version, which becomes the current one",
    input: z.strictObject({ ...atSecret, ...newValueFields, expectedVersion, note }).transform(takeNewValue),
    output: dto.written,
    permission: "secret.write",
    callers: anyone,
    delegates: false,
    audit: { action: "version.write", class: "change" },
    holdsValue: true,
  }),
  rollBack: operation({
    summary: "Make a new version with the value of an old one",
    input: z.strictObject({ ...atSecret, version: dto.versionNumber, expectedVersion, note }),
    output: dto.written,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "version.roll_back", class: "change" },
  }),
  disableVersion: operation({
    summary: "Let reads of one version fail, until it is enabled again",
    input: z.strictObject(atVersion),
    output: dto.version,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "version.disable", class: "change" },
  }),
  enableVersion: operation({
    summary: "Let a disabled version be read again",
    input: z.strictObject(atVersion),
    output: dto.version,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "version.enable", class: "change" },
  }),
  deleteVersion: operation({
    summary: "Delete one version where it is kept; the backend can bring it back",
    input: z.strictObject(atVersion),
    output: dto.version,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "version.delete", class: "change" },
  }),
  restoreVersion: operation({
    summary: "Bring a deleted version back",
    input: z.strictObject(atVersion),
    output: dto.version,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "version.restore", class: "change" },
  }),
  destroyVersion: operation({
    summary: "Destroy one version's value; nothing brings it back, so the secret's name is asked for",
    input: z.strictObject({ ...atVersion, confirm: z.string().max(128) }),
    output: dto.version,
    permission: "secret.destroy",
    callers: people,
    delegates: false,
    audit: { action: "version.destroy", class: "change" },
  }),

  previewImport: operation({
    summary: "What an import of these names would do; nothing is written",
    input: z.strictObject({ ...atVault, names: z.array(z.string().max(256)).min(1).max(2000) }),
    output: z.object({ rows: z.array(dto.importPreviewRow) }),
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "import.preview", class: "view" },
  }),
  runImport: operation({
    summary: "Import a batch of at most 100 KiB; each row stands for itself and can be sent again",
    input: z.strictObject({ ...atVault, rows: z.array(importRow).min(1).max(200), note }),
    output: z.object({ rows: z.array(dto.importResultRow) }),
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "import.run", class: "change" },
    holdsValue: true,
  }),

  listProviders: operation({
    summary: "The providers that a scope's secrets can be kept in: its own, those of wider scopes, the built-in store",
    input: z.strictObject(atScope),
    output: z.object({ items: z.array(dto.providerSummary) }),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "provider.list", class: "view" },
  }),
  describeProvider: operation({
    summary: "A provider: its settings, how it is doing, what is kept there. Never its credential",
    input: z.strictObject(atProvider),
    output: dto.providerDetail,
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "provider.describe", class: "view" },
  }),
  describeProviderHealth: operation({
    summary: "How a provider is doing, by its last check",
    input: z.strictObject(atProvider),
    output: dto.providerHealth,
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "provider.health", class: "view" },
  }),
  checkProvider: operation({
    summary: "Try settings and a credential live; nothing is written and the credential isn't kept",
    input: z.strictObject({
      ...atScope,
      kind: z.enum(words.providerKinds),
      name: slug,
      settings: providerSettings,
      credential: providerCredential,
      /** Answer at once, and let the lines be followed by `describeProviderCheck`. */
      follow: z.boolean().default(false),
    }),
    output: dto.providerDraft,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.check", class: "change" },
    holdsValue: true,
  }),
  describeProviderCheck: operation({
    summary: "The lines of a check so far",
    input: z.strictObject({ ...atScope, check: dto.id }),
    output: dto.providerDraft,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.check_describe", class: "view" },
  }),
  listProviderChecks: operation({
    summary: "Drafts: checks of the last seven days whose provider wasn't saved",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.providerDraft),
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.check_list", class: "view" },
  }),
  registerProvider: operation({
    summary: "Register a backend, after a passed check of these very settings and this credential",
    input: z.strictObject({
      ...atScope,
      kind: z.enum(words.providerKinds),
      name: slug,
      settings: providerSettings,
      credential: providerCredential,
      check: dto.id,
      consents: z.array(z.enum(words.providerConsents)).max(10).default([]),
      ...providerTimes,
      /** Whether new secrets of the scope go there from now on. */
      makeDefault: z.boolean().default(false),
    }),
    output: dto.providerDetail,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "provider.register", class: "delegation" },
    holdsValue: true,
  }),
  planBootstrap: operation({
    summary: "What making a team's own credential would make at the backend, and the exact policy; nothing is sent",
    input: z.strictObject({ ...bootstrapInput }),
    output: dto.bootstrapPlan,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.plan_bootstrap", class: "view" },
  }),
  bootstrapProvider: operation({
    summary: "Make a team's own policy and token from an admin token that is used once and forgotten, and register it",
    input: z.strictObject({
      ...bootstrapInput,
      adminToken: oneSecret,
      consents: z.array(z.enum(words.providerConsents)).max(10).default([]),
      ...providerTimes,
      makeDefault: z.boolean().default(false),
    }),
    output: z.object({
      /** `incomplete`: what was made exists; the same again, with the admin token, goes on from there. */
      outcome: z.enum(["registered", "incomplete"]),
      made: z.array(dto.madeAtBackend),
      problem: z.string().nullable(),
      lines: z.array(dto.checkLine),
      provider: dto.providerDetail.nullable(),
    }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "provider.bootstrap", class: "delegation" },
    holdsValue: true,
  }),
  changeProvider: operation({
    summary:
      "Change a provider's settings, after a passed check of them. Another address asks for the credential again",
    input: z.strictObject({
      ...atProvider,
      settings: providerSettings.optional(),
      credential: providerCredential.optional(),
      check: dto.id.optional(),
      consents: z.array(z.enum(words.providerConsents)).max(10).optional(),
      cacheSeconds: providerTimes.cacheSeconds.unwrap().optional(),
      staleSeconds: providerTimes.staleSeconds.unwrap().optional(),
      checkSeconds: providerTimes.checkSeconds.unwrap().optional(),
    }),
    output: dto.providerDetail,
    permission: "delegate",
    callers: people,
    delegates: "maybe",
    audit: { action: "provider.change", class: "change" },
    holdsValue: true,
  }),
  replaceCredential: operation({
    summary: "Give a provider another credential; it is checked before the old one is dropped",
    input: z.strictObject({
      ...atProvider,
      credential: providerCredential,
      consents: z.array(z.enum(words.providerConsents)).max(10).optional(),
    }),
    output: dto.providerDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.replace_credential", class: "change" },
    holdsValue: true,
  }),
  recheckProvider: operation({
    summary: "Check a registered provider now",
    input: z.strictObject(atProvider),
    output: dto.providerDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "provider.recheck", class: "change" },
  }),
  approveProvider: operation({
    summary: "Approve that values go to this address, as a second person where the scope asks for one",
    input: z.strictObject({ ...atProvider, /** The target that was read, exactly. */ target: z.string().max(4096) }),
    output: dto.providerDetail,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "provider.approve", class: "delegation" },
  }),
  unregisterProvider: operation({
    summary: "Forget a provider that keeps no secret; the backend is left as it is",
    input: z.strictObject(atProvider),
    output: done,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.unregister", class: "change" },
  }),
  setDefaultProvider: operation({
    summary: "Choose where new secrets of a scope are kept. Nothing that is kept moves",
    input: z.strictObject({
      ...atScope,
      /** A provider of this scope or a wider one, `built-in`, or null for what the wider scope does. */
      provider: providerReference.nullable(),
    }),
    output: z.object({ items: z.array(dto.providerSummary) }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "provider.set_default", class: "delegation" },
  }),

  browseProvider: operation({
    summary: "Names that lie at a provider, inside of what was delegated to the scope. Never a value",
    input: z.strictObject({ ...atProvider, ...paging, folder: z.string().max(1024).default("") }),
    output: dto.pageOf(dto.backendEntry),
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.browse", class: "view" },
  }),
  listBackendFields: operation({
    summary: "The names of the fields of what lies at a location. Never a value",
    input: z.strictObject({ ...atProvider, location: z.string().min(1).max(1024) }),
    output: z.object({ fields: z.array(z.string()) }),
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "provider.list_fields", class: "view" },
  }),
  adoptSecrets: operation({
    summary: "Take over what lies at a provider: external (only read) or managed (our marker is set)",
    input: z.strictObject({
      ...atVault,
      provider: providerReference,
      ownership: z.enum(words.ownerships),
      secrets: z
        .array(
          z.strictObject({
            location: z.string().min(1).max(1024),
            field: z.string().min(1).max(256).nullable().default(null),
            name: secretName,
          }),
        )
        .min(1)
        .max(200),
    }),
    output: z.object({ rows: z.array(dto.adoptedRow) }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "secret.adopt", class: "delegation" },
  }),
  manageSecret: operation({
    summary: "Make an external secret ours to change: our marker is set at its backend",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "secret.manage", class: "change" },
  }),
  releaseSecret: operation({
    summary: "Let go of an external secret: it stays at its backend, and is gone from here",
    input: z.strictObject(atSecret),
    output: done,
    permission: "secret.destroy",
    callers: people,
    delegates: false,
    audit: { action: "secret.release", class: "change" },
  }),
  observeSecret: operation({
    summary: "Look at the backend now for what changed there",
    input: z.strictObject(atSecret),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.observe", class: "change" },
  }),
  acceptDrift: operation({
    summary: "Accept what was changed at the backend. To put it back, roll back to an earlier version",
    input: z.strictObject({ ...atSecret, version: dto.versionNumber }),
    output: dto.secretDetail,
    permission: "secret.write",
    callers: people,
    delegates: false,
    audit: { action: "secret.accept_drift", class: "change" },
  }),

  startTransfer: operation({
    summary: "Move secrets to another provider, on the server; nobody sees a value",
    input: z.strictObject({
      ...atScope,
      to: providerReference,
      /** Left out: all that the scope defines. */
      secrets: z
        .array(z.strictObject({ vault: vaultName, secret: secretName }))
        .min(1)
        .max(2000)
        .optional(),
      removeAtSource: z.boolean().default(false),
    }),
    output: dto.transferDetail,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "transfer.start", class: "delegation" },
  }),
  listTransfers: operation({
    summary: "The transfers of a scope, newest first",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.transfer),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "transfer.list", class: "view" },
  }),
  describeTransfer: operation({
    summary: "A transfer, item by item",
    input: z.strictObject(atTransfer),
    output: dto.transferDetail,
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "transfer.describe", class: "view" },
  }),
  pauseTransfer: operation({
    summary: "Stop a transfer after the secret that it is at",
    input: z.strictObject(atTransfer),
    output: dto.transferDetail,
    permission: "delegate",
    callers: people,
    delegates: false,
    audit: { action: "transfer.pause", class: "change" },
  }),
  resumeTransfer: operation({
    summary: "Go on with a paused transfer, or try again what failed",
    input: z.strictObject(atTransfer),
    output: dto.transferDetail,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "transfer.resume", class: "delegation" },
  }),

  listWebhooks: operation({
    summary: "Who is told of what happens at a scope",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.webhook),
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "webhook.list", class: "view" },
  }),
  createWebhook: operation({
    summary: "Send signed notices to an address: names, never values. The signing key is shown once",
    input: z.strictObject({ ...atScope, url: webhookUrl, events: webhookEvents }),
    output: z.object({ signingKey: z.string().optional(), webhook: dto.webhook }),
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "webhook.create", class: "change" },
    shownOnce: ["signingKey"],
  }),
  changeWebhook: operation({
    summary: "Change what a webhook is told of, or disable or enable it",
    input: z.strictObject({ ...atWebhook, events: webhookEvents.optional(), disabled: z.boolean().optional() }),
    output: dto.webhook,
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "webhook.change", class: "change" },
  }),
  deleteWebhook: operation({
    summary: "Delete a webhook",
    input: z.strictObject(atWebhook),
    output: done,
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "webhook.delete", class: "change" },
  }),
  testWebhook: operation({
    summary: "Send a test notice now, and say what came of it",
    input: z.strictObject(atWebhook),
    output: z.object({ delivered: z.boolean(), problem: z.string().nullable() }),
    permission: "scope.manage",
    callers: people,
    delegates: false,
    audit: { action: "webhook.test", class: "change" },
  }),
  listNotices: operation({
    summary: "What people should know of at a scope and beneath it, open ones first",
    input: z.strictObject({ ...atScope, ...paging, open: flag }),
    output: dto.pageOf(dto.notice),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "notice.list", class: "view" },
  }),

  listPeople: operation({
    summary: "The people who have a role at a scope, above it or beneath it",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.personSummary),
    permission: "people.read",
    callers: people,
    delegates: false,
    audit: { action: "person.list", class: "view" },
  }),
  describePerson: operation({
    summary: "A person, with their rights",
    input: z.strictObject({ person: dto.id }),
    output: dto.personDetail,
    permission: "people.read",
    callers: people,
    delegates: false,
    audit: { action: "person.describe", class: "view" },
  }),
  listKnownSecrets: operation({
    summary: "The secrets whose current value a person typed, and so knows",
    input: z.strictObject({ person: dto.id, ...paging }),
    output: dto.pageOf(dto.knownSecret),
    permission: "people.read",
    callers: people,
    delegates: false,
    audit: { action: "person.known_secrets", class: "view" },
  }),
  changePerson: operation({
    summary: "Rename a person, or disable or enable them; disabling ends their sessions and tokens",
    input: z.strictObject({ person: dto.id, name: displayName.optional(), disabled: z.boolean().optional() }),
    output: dto.personDetail,
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "person.change", class: "change" },
  }),
  listSessions: operation({
    summary: "A person's open sessions: one's own, or anybody's for who manages people",
    input: z.strictObject({ person: dto.id, ...paging }),
    output: dto.pageOf(dto.session),
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "session.list", class: "view" },
  }),
  endSession: operation({
    summary: "End a session: it is dead on its next request",
    input: z.strictObject({ person: dto.id, session: dto.id }),
    output: done,
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "session.end", class: "sign_in" },
  }),
  endAllSessions: operation({
    summary: "Sign a person out everywhere: their sessions end, their personal tokens are revoked",
    input: z.strictObject({ person: dto.id }),
    output: z.object({ ended: z.int().min(0), tokensRevoked: z.int().min(0) }),
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "session.end_all", class: "sign_in" },
  }),
  assignRole: operation({
    summary: "Give a person a role at a scope; nobody gives more than they have",
    input: z.strictObject({ ...atScope, person: dto.id, role: z.enum(words.roles) }),
    output: dto.personDetail,
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "role.assign", class: "change" },
  }),
  removeRole: operation({
    summary: "Take a role away; the last owner keeps theirs",
    input: z.strictObject({ ...atScope, person: dto.id, role: z.enum(words.roles) }),
    output: done,
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "role.remove", class: "change" },
  }),
  listInvitations: operation({
    summary: "Invitations to a scope and what lies beneath it, newest first",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.invitation),
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "invitation.list", class: "view" },
  }),
  invite: operation({
    summary: "Invite somebody by a link that is shown once and works once",
    input: z.strictObject({
      ...atScope,
      role: z.enum(words.roles),
      email: email.nullable().default(null),
      expiresInDays: z.int().min(1).max(30).default(7),
    }),
    output: z.object({ link: z.string().optional(), invitation: dto.invitation }),
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "invitation.create", class: "change" },
    shownOnce: ["link"],
  }),
  revokeInvitation: operation({
    summary: "Take an open invitation back",
    input: z.strictObject({ ...atScope, invitation: dto.id }),
    output: done,
    permission: "people.manage",
    callers: people,
    delegates: false,
    audit: { action: "invitation.revoke", class: "change" },
  }),

  listServiceAccounts: operation({
    summary: "The service accounts of a scope",
    input: z.strictObject({ ...atScope, ...paging }),
    output: dto.pageOf(dto.serviceAccountSummary),
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "service_account.list", class: "view" },
  }),
  createServiceAccount: operation({
    summary: "Make a machine's identity; it can read nothing yet",
    input: z.strictObject({ ...atScope, name: slug, description: shortText.default("") }),
    output: dto.serviceAccountDetail,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "service_account.create", class: "change" },
  }),
  describeServiceAccount: operation({
    summary: "A service account with its grants and tokens, and what it can read now",
    input: z.strictObject(atAccount),
    output: dto.serviceAccountDetail,
    permission: "metadata.read",
    callers: people,
    delegates: false,
    audit: { action: "service_account.describe", class: "view" },
  }),
  changeServiceAccount: operation({
    summary: "Describe a service account, or disable or enable it",
    input: z.strictObject({ ...atAccount, description: shortText.optional(), disabled: z.boolean().optional() }),
    output: dto.serviceAccountDetail,
    permission: "service_account.manage",
    callers: people,
    delegates: "maybe",
    audit: { action: "service_account.change", class: "change" },
  }),
  deleteServiceAccount: operation({
    summary: "Delete a service account; its tokens stop working at once",
    input: z.strictObject(atAccount),
    output: done,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "service_account.delete", class: "change" },
  }),
  grantAccess: operation({
    summary: "Let a service account read or write: at a scope, in one vault or all, optionally names with a prefix",
    input: z.strictObject({
      ...atAccount,
      /** Where it holds: the account's own scope or one beneath. Left out: the account's own. */
      grantScope: scopePath.optional(),
      vault: vaultName.nullable().default(null),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,128}$/)
        .nullable()
        .default(null),
      access: z.enum(words.grantAccesses),
    }),
    output: z.object({ outcome: z.enum(["granted", "pending_approval"]), grant: dto.grant }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "grant.create", class: "delegation" },
  }),
  revokeGrant: operation({
    summary: "Take a grant back; the next request meets it",
    input: z.strictObject({ ...atAccount, grant: dto.id }),
    output: done,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "grant.revoke", class: "change" },
  }),
  issueToken: operation({
    summary: "Issue an access token, shown once",
    input: z.strictObject({
      ...atAccount,
      name: displayName,
      expiresInDays: z.int().min(1).max(365).default(90),
      /** Address ranges that it may be used from; none means anywhere. */
      cidrs: z.array(cidr).max(20).default([]),
    }),
    output: z.object({ token: z.string().optional(), accessToken: dto.accessToken }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "access_token.issue", class: "delegation" },
    shownOnce: ["token"],
  }),
  rotateToken: operation({
    summary: "Issue a token in another's place, shown once; the other one ends some hours later",
    input: z.strictObject({
      ...atAccount,
      token: dto.id,
      /** How long both work. */
      overlapHours: z.int().min(0).max(168).default(24),
      expiresInDays: z.int().min(1).max(365).default(90),
    }),
    output: z.object({ token: z.string().optional(), accessToken: dto.accessToken, replaced: dto.accessToken }),
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "access_token.rotate", class: "delegation" },
    shownOnce: ["token"],
  }),
  listTrustRules: operation({
    summary: "The trust rules of a service account, with the last exchange that each refused",
    input: z.strictObject(atAccount),
    output: z.object({ items: z.array(dto.trustRule) }),
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "trust_rule.list", class: "view" },
  }),
  createTrustRule: operation({
    summary: "Let the tokens of an issuer's jobs be exchanged for access tokens of a service account",
    input: z.strictObject({ ...atAccount, ...trustRuleFields }),
    output: dto.trustRule,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "trust_rule.create", class: "delegation" },
  }),
  describeTrustRule: operation({
    summary: "A trust rule, with the last exchange that it refused",
    input: z.strictObject(atTrustRule),
    output: dto.trustRule,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "trust_rule.describe", class: "view" },
  }),
  changeTrustRule: operation({
    summary: "Say anew whose tokens a trust rule takes; what was exchanged under it so far ends",
    input: z.strictObject({ ...atTrustRule, ...trustRuleFields }),
    output: dto.trustRule,
    permission: "delegate",
    callers: people,
    delegates: true,
    audit: { action: "trust_rule.change", class: "delegation" },
  }),
  deleteTrustRule: operation({
    summary: "Delete a trust rule; what was exchanged under it ends",
    input: z.strictObject(atTrustRule),
    output: done,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "trust_rule.delete", class: "change" },
  }),
  exchangeToken: operation({
    summary: "Exchange a job's own token for a short-lived access token (RFC 8693)",
    input: z.strictObject({
      grant_type: z.literal("urn:ietf:params:oauth:grant-type:token-exchange"),
      /** The service account: its scope, a slash, its name. */
      audience: z.string().min(3).max(400),
      subject_token: z.string().min(1).max(16_384),
      subject_token_type: z.enum(["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"]),
      requested_token_type: z.literal("urn:ietf:params:oauth:token-type:access_token").optional(),
    }),
    output: z.object({
      access_token: z.string(),
      issued_token_type: z.literal("urn:ietf:params:oauth:token-type:access_token"),
      token_type: z.literal("Bearer"),
      /** In seconds. */
      expires_in: z.int(),
    }),
    permission: "public",
    callers: nobody,
    delegates: false,
    audit: { action: "access_token.exchange", class: "sign_in" },
    oauth: true,
    shownOnce: ["access_token"],
  }),
  revokeToken: operation({
    summary: "Revoke an access token; the next request meets it",
    input: z.strictObject({ ...atAccount, token: dto.id }),
    output: done,
    permission: "service_account.manage",
    callers: people,
    delegates: false,
    audit: { action: "access_token.revoke", class: "change" },
  }),

  listAudit: operation({
    summary: "What happened at a scope and beneath it, newest first",
    input: z.strictObject({
      ...atScope,
      ...paging,
      ...auditFilters(),
      after: z.coerce.number().int().min(0).optional(),
    }),
    output: dto.pageOf(dto.auditEvent).extend({
      /** The chain's newest event, whether or not it matches: what to ask `after` for what is new. */
      head: z.object({ seq: z.int().min(0), at: dto.time.nullable() }),
    }),
    permission: "audit.read",
    callers: people,
    delegates: false,
    audit: { action: "audit.list", class: "view" },
  }),
  exportAudit: operation({
    summary: "The filtered events, oldest first, as JSON lines or CSV",
    input: z.strictObject({ ...atScope, ...auditFilters(), format: z.enum(["jsonl", "csv"]).default("jsonl") }),
    output: z.custom<AsyncIterable<string>>(
      (stream) => typeof stream === "object" && stream !== null && Symbol.asyncIterator in stream,
    ),
    permission: "audit.read",
    callers: people,
    delegates: false,
    audit: { action: "audit.export", class: "view" },
    streams: true,
  }),

  readValue: operation({
    summary: "One value. The workspace is the service account's own, or `scope`",
    input: z.strictObject({
      vault: vaultName,
      secret: secretName,
      scope: scopePath.optional(),
      version: z.coerce.number().pipe(dto.versionNumber).optional(),
    }),
    output: dto.disclosure,
    permission: "secret.read",
    callers: machines,
    delegates: false,
    audit: { action: "secret.read", class: "disclosure" },
    conditional: true,
  }),
  readValues: operation({
    summary: "Several values of a vault by their names, all or none",
    input: z.strictObject({
      vault: vaultName,
      names: z.array(secretName).min(1).max(100),
      scope: scopePath.optional(),
    }),
    output: dto.disclosures,
    permission: "secret.read",
    callers: machines,
    delegates: false,
    audit: { action: "secret.read_several", class: "disclosure" },
    conditional: true,
  }),
  resolve: operation({
    summary: "The effective set of a workspace: narrowest scope wins, and each entry says which scope won",
    input: z.strictObject({ ...atWorkspace, vault: several(vaultName) }).refine(namesOneWorkspace, oneWorkspace),
    output: dto.resolution,
    permission: "secret.read",
    callers: machines,
    delegates: false,
    audit: { action: "secret.resolve", class: "disclosure" },
    conditional: true,
  }),
  resolveReferences: operation({
    summary: "Values by their `strongroom://` addresses, as a workspace sees them",
    input: z
      .strictObject({ ...atWorkspace, refs: z.array(secretAddress).min(1).max(200) })
      .refine(namesOneWorkspace, oneWorkspace),
    output: dto.resolution,
    permission: "secret.read",
    callers: machines,
    delegates: false,
    audit: { action: "secret.read_several", class: "disclosure" },
    conditional: true,
  }),
  explain: operation({
    summary: "Why a workspace gets what it gets: what wins, what that shadows, what would win without it. No value",
    input: z.strictObject({
      scope: scopePath.optional(),
      vault: several(vaultName),
      secret: secretName.optional(),
      ...paging,
    }),
    output: dto.pageOf(dto.explanation).extend({ scope: scopePath }),
    permission: "metadata.read",
    callers: anyone,
    delegates: false,
    audit: { action: "secret.explain", class: "view" },
  }),
} as const satisfies Record<OperationName, OperationSpec>

function auditFilters() {
  return {
    /** A person's or service account's id. */
    actor: dto.id.optional(),
    action: z.string().max(64).optional(),
    class: several(z.enum(words.auditClasses)),
    /** A secret's id, which a rename keeps, or its name. */
    secret: z.string().max(128).optional(),
    outcome: several(z.enum(words.outcomes)),
    from: dto.time.optional(),
    to: dto.time.optional(),
  }
}

export type Operations = typeof operations
