/** What can wait for a second person, by the operation that was asked for. */
export const askedWords: Readonly<Record<string, string>> = {
  grantAccess: "a grant",
  issueToken: "an access token",
  rotateToken: "another access token",
  createTrustRule: "a trust rule",
  changeTrustRule: "a changed trust rule",
  changeServiceAccount: "enabling a service account",
  changeVault: "opening a vault",
  changeSecret: "renaming a secret",
  moveSecret: "moving a secret",
  changeScope: "giving up two people",
  adoptSecrets: "adopting secrets",
}
