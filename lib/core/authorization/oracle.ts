/**
 * Who may do what, written by hand from the design's table of roles and not derived from the code: what the matrix
 * test holds the product against. Where the two differ, one of them is wrong, and it is not always the code.
 *
 * A row says at which kinds of scope an operation exists and which roles, holding there, may do it. A role holds at the
 * scope it was given at and beneath. Whoever holds no role there doesn't get to know that the scope exists.
 */
import type { OperationName } from "../../contract/routes.ts"
import type { Role, ScopeKind } from "../../contract/words.ts"

const everyone: readonly Role[] = ["owner", "admin", "auditor", "lead", "editor", "viewer"]
const managers: readonly Role[] = ["owner", "admin", "lead"]
const writers: readonly Role[] = ["owner", "admin", "lead", "editor"]
const overseers: readonly Role[] = ["owner", "admin", "auditor", "lead"]
const heads: readonly Role[] = ["owner", "admin"]

export type Rule = readonly Role[] | Readonly<Record<ScopeKind, readonly Role[]>>

/** Operations at a scope: every one of them is tried by every role at every scope. */
export const atScope = {
  describeScope: everyone,
  createScope: { organization: heads, team: managers, workspace: managers },
  changeScope: { organization: ["owner"], team: managers, workspace: managers },
  // Whoever may make one may delete it: a team at the organization, a workspace at its team. An organization, nobody.
  deleteScope: { organization: everyone, team: heads, workspace: managers },
  listApprovals: managers,
  describeApproval: managers,
  explainApproval: managers,
  acceptApproval: managers,
  refuseApproval: managers,
  withdrawApproval: managers,
  listVaults: everyone,
  createVault: managers,
  changeVault: managers,
  deleteVault: managers,
  listSecrets: everyone,
  createSecret: writers,
  describeSecret: everyone,
  changeSecret: writers,
  moveSecret: writers,
  disableSecret: writers,
  enableSecret: writers,
  deleteSecret: writers,
  restoreSecret: writers,
  destroySecret: writers,
  explain: everyone,
  listReaders: everyone,
  listFetches: everyone,
  listVersions: everyone,
  writeVersion: writers,
  rollBack: writers,
  disableVersion: writers,
  enableVersion: writers,
  destroyVersion: writers,
  deleteVersion: writers,
  restoreVersion: writers,
  observeSecret: writers,
  acceptDrift: writers,
  previewImport: writers,
  runImport: writers,
  listProviders: everyone,
  describeProvider: everyone,
  describeProviderHealth: everyone,
  checkProvider: managers,
  describeProviderCheck: managers,
  listProviderChecks: managers,
  registerProvider: managers,
  planBootstrap: managers,
  bootstrapProvider: managers,
  changeProvider: managers,
  replaceCredential: managers,
  recheckProvider: writers,
  approveProvider: managers,
  unregisterProvider: managers,
  setDefaultProvider: managers,
  browseProvider: managers,
  listBackendFields: managers,
  adoptSecrets: managers,
  manageSecret: managers,
  releaseSecret: writers,
  startTransfer: managers,
  listTransfers: everyone,
  describeTransfer: everyone,
  pauseTransfer: managers,
  resumeTransfer: managers,
  listWebhooks: managers,
  createWebhook: managers,
  changeWebhook: managers,
  deleteWebhook: managers,
  testWebhook: managers,
  listNotices: everyone,
  listPeople: overseers,
  assignRole: managers,
  removeRole: managers,
  listInvitations: managers,
  invite: managers,
  revokeInvitation: managers,
  listServiceAccounts: everyone,
  createServiceAccount: managers,
  describeServiceAccount: everyone,
  changeServiceAccount: managers,
  deleteServiceAccount: managers,
  grantAccess: managers,
  revokeGrant: managers,
  issueToken: managers,
  revokeToken: managers,
  rotateToken: managers,
  listTrustRules: managers,
  createTrustRule: managers,
  describeTrustRule: managers,
  changeTrustRule: managers,
  deleteTrustRule: managers,
  listAudit: overseers,
  exportAudit: overseers,
} as const satisfies Partial<Record<OperationName, Rule>>

/** Operations on a person. A manager manages those whose roles all lie where they manage, and nobody above them. */
export const onPerson = [
  "describePerson",
  "listKnownSecrets",
  "changePerson",
  "listSessions",
  "endSession",
  "endAllSessions",
] as const

/** Operations on oneself: any session may, and where `token` stands, a personal token too. */
export const onOneself = {
  describeMe: "token",
  listScopes: "token",
  search: "token",
  listPersonalTokens: "token",
  revokePersonalToken: "token",
  createPersonalToken: "session",
  confirmSignIn: "session",
  changePassword: "session",
  signOut: "session",
} as const satisfies Partial<Record<OperationName, "session" | "token">>

/** Before anybody is known. */
export const forNobody = [
  "describeSetup",
  "setUp",
  "signIn",
  "signInWithIdentity",
  "describeInvitation",
  "acceptInvitation",
  "exchangeToken",
] as const satisfies readonly OperationName[]

/** For machines alone: no person, owner included. */
export const forMachines = [
  "readValue",
  "readValues",
  "resolve",
  "resolveReferences",
] as const satisfies readonly OperationName[]

/** What a service account may do besides, where a grant covers it. */
export const alsoForMachines: readonly OperationName[] = [
  "createSecret",
  "writeVersion",
  "describeSecret",
  "listVersions",
  "describeMe",
  "explain",
]
