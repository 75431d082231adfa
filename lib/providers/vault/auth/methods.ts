/** The ways to sign in, by what the settings call them. */
import type { AuthMethod } from "../settings.ts"
import { signInWithAppRole } from "./approle.ts"
import { signInWithJwt } from "./jwt.ts"
import { signInWithKubernetes } from "./kubernetes.ts"
import type { SignIn } from "./sign-in.ts"
import { signInWithToken } from "./token.ts"

export const signInBy: Record<AuthMethod, SignIn> = {
  token: signInWithToken,
  approle: signInWithAppRole,
  kubernetes: signInWithKubernetes,
  jwt: signInWithJwt,
}
