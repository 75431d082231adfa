/**
 * Every operation's address: its name, its method, its path. This file imports nothing, so the SDK can hold it alone.
 *
 * A path's `{name}` takes the input's field of that name. What else the input holds goes into the query for GET and
 * DELETE, and into the JSON body for the rest.
 */
export const routes = {
  // The first day
  describeSetup: ["GET", "/api/v1/setup"],
  setUp: ["POST", "/api/v1/setup"],

  // Coming in. The ones marked `private` in the table of operations answer on api's private socket only.
  signIn: ["POST", "/api/v1/sessions"],
  signInWithIdentity: ["POST", "/api/v1/sessions/identity"],
  confirmSignIn: ["POST", "/api/v1/me/confirm"],
  describeInvitation: ["POST", "/api/v1/invitations/describe"],
  acceptInvitation: ["POST", "/api/v1/invitations/accept"],

  // The person who asks
  describeMe: ["GET", "/api/v1/me"],
  changePassword: ["POST", "/api/v1/me/password"],
  signOut: ["POST", "/api/v1/me/sign-out"],
  listPersonalTokens: ["GET", "/api/v1/me/tokens"],
  createPersonalToken: ["POST", "/api/v1/me/tokens"],
  revokePersonalToken: ["DELETE", "/api/v1/me/tokens/{token}"],

  // Scopes
  listScopes: ["GET", "/api/v1/scopes"],
  describeScope: ["GET", "/api/v1/scopes/{scope}"],
  createScope: ["POST", "/api/v1/scopes/{scope}/scopes"],
  changeScope: ["PATCH", "/api/v1/scopes/{scope}"],
  deleteScope: ["DELETE", "/api/v1/scopes/{scope}"],
  search: ["GET", "/api/v1/search"],

  // What waits for a second person
  listApprovals: ["GET", "/api/v1/scopes/{scope}/approvals"],
  describeApproval: ["GET", "/api/v1/scopes/{scope}/approvals/{approval}"],
  explainApproval: ["PATCH", "/api/v1/scopes/{scope}/approvals/{approval}"],
  acceptApproval: ["POST", "/api/v1/scopes/{scope}/approvals/{approval}/accept"],
  refuseApproval: ["POST", "/api/v1/scopes/{scope}/approvals/{approval}/refuse"],
  withdrawApproval: ["POST", "/api/v1/scopes/{scope}/approvals/{approval}/withdraw"],

  // Vaults
  listVaults: ["GET", "/api/v1/scopes/{scope}/vaults"],
  createVault: ["POST", "/api/v1/scopes/{scope}/vaults"],
  changeVault: ["PATCH", "/api/v1/scopes/{scope}/vaults/{vault}"],
  deleteVault: ["DELETE", "/api/v1/scopes/{scope}/vaults/{vault}"],

  // Secrets
  listSecrets: ["GET", "/api/v1/scopes/{scope}/secrets"],
  createSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets"],
  describeSecret: ["GET", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}"],
  changeSecret: ["PATCH", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}"],
  moveSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/move"],
  disableSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/disable"],
  enableSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/enable"],
  deleteSecret: ["DELETE", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}"],
  restoreSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/restore"],
  destroySecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/destroy"],
  listReaders: ["GET", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/readers"],
  listFetches: ["GET", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/fetches"],

  // Versions
  listVersions: ["GET", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions"],
  writeVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions"],
  rollBack: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/rollback"],
  disableVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions/{version}/disable"],
  enableVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions/{version}/enable"],
  deleteVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions/{version}/delete"],
  restoreVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions/{version}/restore"],
  destroyVersion: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/versions/{version}/destroy"],

  // Import
  previewImport: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/import/preview"],
  runImport: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/import"],

  // Providers. `built-in` names the built-in store where one is chosen.
  listProviders: ["GET", "/api/v1/scopes/{scope}/providers"],
  describeProvider: ["GET", "/api/v1/scopes/{scope}/providers/{provider}"],
  describeProviderHealth: ["GET", "/api/v1/scopes/{scope}/providers/{provider}/health"],
  checkProvider: ["POST", "/api/v1/scopes/{scope}/provider-checks"],
  describeProviderCheck: ["GET", "/api/v1/scopes/{scope}/provider-checks/{check}"],
  listProviderChecks: ["GET", "/api/v1/scopes/{scope}/provider-checks"],
  registerProvider: ["POST", "/api/v1/scopes/{scope}/providers"],
  planBootstrap: ["POST", "/api/v1/scopes/{scope}/provider-bootstraps/plan"],
  bootstrapProvider: ["POST", "/api/v1/scopes/{scope}/provider-bootstraps"],
  changeProvider: ["PATCH", "/api/v1/scopes/{scope}/providers/{provider}"],
  replaceCredential: ["POST", "/api/v1/scopes/{scope}/providers/{provider}/credential"],
  recheckProvider: ["POST", "/api/v1/scopes/{scope}/providers/{provider}/check"],
  approveProvider: ["POST", "/api/v1/scopes/{scope}/providers/{provider}/approve"],
  unregisterProvider: ["DELETE", "/api/v1/scopes/{scope}/providers/{provider}"],
  setDefaultProvider: ["POST", "/api/v1/scopes/{scope}/default-provider"],

  // What lies at a provider already, and what has changed there
  browseProvider: ["GET", "/api/v1/scopes/{scope}/providers/{provider}/entries"],
  listBackendFields: ["GET", "/api/v1/scopes/{scope}/providers/{provider}/fields"],
  adoptSecrets: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/adopt"],
  manageSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/manage"],
  releaseSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/release"],
  observeSecret: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/observe"],
  acceptDrift: ["POST", "/api/v1/scopes/{scope}/vaults/{vault}/secrets/{secret}/accept-drift"],

  // Moving secrets from one provider to another
  startTransfer: ["POST", "/api/v1/scopes/{scope}/transfers"],
  listTransfers: ["GET", "/api/v1/scopes/{scope}/transfers"],
  describeTransfer: ["GET", "/api/v1/scopes/{scope}/transfers/{transfer}"],
  pauseTransfer: ["POST", "/api/v1/scopes/{scope}/transfers/{transfer}/pause"],
  resumeTransfer: ["POST", "/api/v1/scopes/{scope}/transfers/{transfer}/resume"],

  // Webhooks and notices
  listWebhooks: ["GET", "/api/v1/scopes/{scope}/webhooks"],
  createWebhook: ["POST", "/api/v1/scopes/{scope}/webhooks"],
  changeWebhook: ["PATCH", "/api/v1/scopes/{scope}/webhooks/{webhook}"],
  deleteWebhook: ["DELETE", "/api/v1/scopes/{scope}/webhooks/{webhook}"],
  testWebhook: ["POST", "/api/v1/scopes/{scope}/webhooks/{webhook}/test"],
  listNotices: ["GET", "/api/v1/scopes/{scope}/notices"],

  // People
  listPeople: ["GET", "/api/v1/scopes/{scope}/people"],
  describePerson: ["GET", "/api/v1/people/{person}"],
  listKnownSecrets: ["GET", "/api/v1/people/{person}/known-secrets"],
  changePerson: ["PATCH", "/api/v1/people/{person}"],
  listSessions: ["GET", "/api/v1/people/{person}/sessions"],
  endSession: ["DELETE", "/api/v1/people/{person}/sessions/{session}"],
  endAllSessions: ["DELETE", "/api/v1/people/{person}/sessions"],
  assignRole: ["POST", "/api/v1/scopes/{scope}/roles"],
  removeRole: ["DELETE", "/api/v1/scopes/{scope}/roles/{person}/{role}"],
  listInvitations: ["GET", "/api/v1/scopes/{scope}/invitations"],
  invite: ["POST", "/api/v1/scopes/{scope}/invitations"],
  revokeInvitation: ["DELETE", "/api/v1/scopes/{scope}/invitations/{invitation}"],

  // Machines
  listServiceAccounts: ["GET", "/api/v1/scopes/{scope}/service-accounts"],
  createServiceAccount: ["POST", "/api/v1/scopes/{scope}/service-accounts"],
  describeServiceAccount: ["GET", "/api/v1/scopes/{scope}/service-accounts/{account}"],
  changeServiceAccount: ["PATCH", "/api/v1/scopes/{scope}/service-accounts/{account}"],
  deleteServiceAccount: ["DELETE", "/api/v1/scopes/{scope}/service-accounts/{account}"],
  grantAccess: ["POST", "/api/v1/scopes/{scope}/service-accounts/{account}/grants"],
  revokeGrant: ["DELETE", "/api/v1/scopes/{scope}/service-accounts/{account}/grants/{grant}"],
  issueToken: ["POST", "/api/v1/scopes/{scope}/service-accounts/{account}/tokens"],
  revokeToken: ["DELETE", "/api/v1/scopes/{scope}/service-accounts/{account}/tokens/{token}"],
  rotateToken: ["POST", "/api/v1/scopes/{scope}/service-accounts/{account}/tokens/{token}/rotate"],
  listTrustRules: ["GET", "/api/v1/scopes/{scope}/service-accounts/{account}/trust-rules"],
  createTrustRule: ["POST", "/api/v1/scopes/{scope}/service-accounts/{account}/trust-rules"],
  describeTrustRule: ["GET", "/api/v1/scopes/{scope}/service-accounts/{account}/trust-rules/{rule}"],
  changeTrustRule: ["PATCH", "/api/v1/scopes/{scope}/service-accounts/{account}/trust-rules/{rule}"],
  deleteTrustRule: ["DELETE", "/api/v1/scopes/{scope}/service-accounts/{account}/trust-rules/{rule}"],
  exchangeToken: ["POST", "/api/v1/token"],

  // Audit
  listAudit: ["GET", "/api/v1/scopes/{scope}/audit"],
  exportAudit: ["GET", "/api/v1/scopes/{scope}/audit/export"],

  // The machine reads, and what would be read
  readValue: ["GET", "/api/v1/vaults/{vault}/secrets/{secret}/value"],
  readValues: ["POST", "/api/v1/vaults/{vault}/values"],
  resolve: ["GET", "/api/v1/resolve"],
  resolveReferences: ["POST", "/api/v1/resolve"],
  explain: ["GET", "/api/v1/explain"],
} as const satisfies Record<string, readonly [Method, `/api/v1/${string}`]>

export type Method = "GET" | "POST" | "PATCH" | "DELETE"
export type OperationName = keyof typeof routes
