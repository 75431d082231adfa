/** Kubernetes: a service account's token, which Vault has the cluster review. */
import { fieldOf, logIn, type SignIn } from "./sign-in.ts"

export const signInWithKubernetes: SignIn = (client, settings, credential) =>
  logIn(
    client,
    settings,
    { role: settings.role, jwt: fieldOf(credential, "jwt") },
    "Vault doesn't take the service account's token for this role. It expired, or the role is for another service account, namespace or audience.",
  )
