/** A token that somebody typed. There is nothing to sign in with: Vault is asked what it is, and when it ends. */
import { z } from "zod"
import { Secret } from "../../../secret.ts"
import { ProviderError } from "../../provider.ts"
import { type Asked, fromConnection, refusal, shaped } from "../errors.ts"
import { fieldOf, type SignIn } from "./sign-in.ts"

export const signInWithToken: SignIn = async (client, _settings, credential) => {
  const token = Secret.fromText(fieldOf(credential, "token"))
  const asked: Asked = { method: "GET", path: ["auth", "token", "lookup-self"], changes: false }
  const answer = await client.call({ method: "GET", path: asked.path, token }).catch((error: unknown) => {
    throw fromConnection(error, asked)
  })
  if (answer.status === 403) throw new ProviderError("unauthenticated", refused)
  if (answer.status !== 200) throw refusal(answer, asked)
  const { data } = shaped(lookedUp, answer, false)
  return {
    token,
    accessor: data.accessor === "" ? null : data.accessor,
    secondsLeft: data.expire_time === null ? null : data.ttl,
    canBeRenewed: data.renewable ?? false,
  }
}

const refused =
  'Vault doesn\'t take the token. It ended, was revoked, or may not look itself up: its policy needs "read" on "auth/token/lookup-self".'

/** The answer holds the token itself, too, which goes no further. */
const lookedUp = z.object({
  data: z.object({
    accessor: z.string(),
    expire_time: z.string().nullable(),
    ttl: z.int().min(0),
    renewable: z.boolean().optional(),
  }),
})
