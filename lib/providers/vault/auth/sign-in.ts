/** What the ways to sign in have in common: one request, and a token for it. Each is called once and never repeated. */
import { z } from "zod"
import { expose, Secret } from "../../../secret.ts"
import { type Credential, ProviderError } from "../../provider.ts"
import type { VaultAnswer, VaultClient } from "../client.ts"
import { type Asked, fromConnection, refusal, shaped } from "../errors.ts"
import type { VaultSettings } from "../settings.ts"

/**
 * One way to sign in.
 * @throws ProviderError `unauthenticated` when Vault doesn't take the credential, which asking again won't change
 */
export type SignIn = (client: VaultClient, settings: VaultSettings, credential: Credential) => Promise<IssuedToken>

export interface IssuedToken {
  token: Secret
  accessor: string | null
  /** From now; null when it doesn't end. */
  secondsLeft: number | null
  canBeRenewed: boolean
}

/** Sends what a method wants to `auth/<mount>/login`. `refused` is said to people when Vault refuses it. */
export async function logIn(
  client: VaultClient,
  { authMount }: VaultSettings,
  body: Record<string, string>,
  refused: string,
): Promise<IssuedToken> {
  const path = ["auth", ...authMount.split("/"), "login"]
  // It changes nothing that anybody would miss: a token that got lost on its way ends by itself.
  const asked: Asked = { method: "POST", path, changes: false }
  const answer = await client.call({ method: "POST", path, body, token: null }).catch((error: unknown) => {
    throw fromConnection(error, asked)
  })
  if (answer.status === 403) throw new ProviderError("unauthenticated", `${refused} ${orNotMounted(authMount)}`)
  if (answer.status === 400 || answer.status === 401) throw new ProviderError("unauthenticated", refused)
  if (answer.status !== 200) throw refusal(answer, asked)
  return issuedIn(answer)
}

/** To who isn't signed in, Vault says of a mount that isn't there just what it says of a bad credential. */
function orNotMounted(authMount: string): string {
  return `Or nothing is mounted at "auth/${authMount}" in this namespace.`
}

/** The token that an answer carries: of a sign-in, or of a renewal. */
export function issuedIn(answer: VaultAnswer): IssuedToken {
  const { auth } = shaped(withAuth, answer, false)
  if (auth.client_token === "") {
    throw new ProviderError("unauthenticated", "Vault asks for a second factor, which a machine doesn't have.")
  }
  return {
    token: Secret.fromText(auth.client_token),
    accessor: auth.accessor === "" ? null : auth.accessor,
    secondsLeft: auth.lease_duration === 0 ? null : auth.lease_duration,
    canBeRenewed: auth.renewable,
  }
}

const withAuth = z.object({
  auth: z.object({
    client_token: z.string(),
    accessor: z.string(),
    lease_duration: z.int().min(0),
    renewable: z.boolean(),
  }),
})

/**
 * A field of the credential as text. White space around it, as pasting leaves it, is no part of any.
 * @throws ProviderError `unauthenticated` when it is missing
 */
export function fieldOf(credential: Credential, field: string): string {
  const value = credential[field]
  const text = value === undefined ? "" : new TextDecoder().decode(expose(value)).trim()
  if (text === "") {
    throw new ProviderError("unauthenticated", "The credential isn't there: enter it again for these settings.")
  }
  return text
}
