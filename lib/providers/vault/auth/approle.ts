/** AppRole: a role id that everybody may know, and a secret id. */
import { fieldOf, logIn, type SignIn } from "./sign-in.ts"

export const signInWithAppRole: SignIn = (client, settings, credential) =>
  logIn(
    client,
    settings,
    { role_id: settings.roleId, secret_id: fieldOf(credential, "secretId") },
    "Vault doesn't take the role id and the secret id. One of them is wrong, or the secret id expired or was used up: make a new one.",
  )
