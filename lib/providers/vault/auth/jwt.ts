/** JWT: a token that somebody whom Vault trusts has signed. Without a role it is the mount's default role. */
import { fieldOf, logIn, type SignIn } from "./sign-in.ts"

export const signInWithJwt: SignIn = (client, settings, credential) =>
  logIn(
    client,
    settings,
    { jwt: fieldOf(credential, "jwt"), ...(settings.role !== "" && { role: settings.role }) },
    "Vault doesn't take the JWT for this role. It expired, its signer isn't the one that the auth mount trusts, or the role wants other claims.",
  )
