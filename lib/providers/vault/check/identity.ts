/** Who we are at the server: whose token it is, when it ends, and whether it is one that a machine should have. */
import { z } from "zod"
import { expose, type Secret } from "../../../secret.ts"
import { parseJson } from "../json.ts"
import { likelyPolicy } from "../policy.ts"
import type { VaultSettings } from "../settings.ts"
import { namespaceHint, Obstacle, obstacleIn } from "./obstacle.ts"
import { hardening, type Visit } from "./visit.ts"
import { day, duration, errorsIn, listed, named } from "./words.ts"

export interface Identity {
  /** In a few words; null when the token may not look at itself. */
  name: string | null
  isRoot: boolean
  expiresAt: Date | null
  canBeRenewed: boolean
  /** Where the token is from: it is good there and below. Null when the server doesn't say. */
  namespace: string | null
}

const tokenBody = z.object({
  data: z.object({
    accessor: z.string().catch(""),
    display_name: z.string().catch(""),
    entity_id: z.string().catch(""),
    expire_time: z.string().nullish(),
    explicit_max_ttl: z.number().catch(0),
    identity_policies: z.array(z.string()).nullish(),
    meta: z.record(z.string(), z.string()).nullish().catch(null),
    namespace_path: z.string().optional(),
    num_uses: z.number().catch(0),
    orphan: z.boolean().catch(true),
    path: z.string().catch(""),
    period: z.number().catch(0),
    policies: z.array(z.string()).nullish(),
    renewable: z.boolean().catch(false),
    ttl: z.number().catch(0),
  }),
})
type Token = z.infer<typeof tokenBody>["data"]

/** @throws Obstacle when the server doesn't take the token */
export async function findIdentity(visit: Visit, token: Secret): Promise<Identity> {
  const { client, report, settings } = visit
  const answer = await client.call({ method: "GET", path: ["auth", "token", "lookup-self"], token })
  if (answer.status === 403) return await withoutLookingUp(visit, token)
  const parsed = tokenBody.safeParse(answer.body)
  if (answer.status !== 200 || !parsed.success) throw obstacleIn(answer, "look the token up", settings)
  const { data } = parsed.data
  const policies = [...new Set([...(data.policies ?? []), ...(data.identity_policies ?? [])])]
  const isRoot = policies.includes("root")
  const name = nameOf(data)
  const accessor = data.accessor === "" ? "" : `, accessor ${named(data.accessor)}`
  report.passed("signed_in", `Signed in as ${name}, with ${policiesInWords(policies)}${accessor}.`)
  if (isRoot) tellRoot(visit)
  if (settings.authMethod === "token") tellWhatTokensAre(visit, data, isRoot)
  return {
    name,
    isRoot,
    ...endOf(visit, data),
    namespace: data.namespace_path === undefined ? null : data.namespace_path.replace(/\/$/, ""),
  }
}

/** When the credential ends. With a sign-in, that isn't when the token ends: the next one gives another. */
function endOf(visit: Visit, token: Token): Pick<Identity, "expiresAt" | "canBeRenewed"> {
  const { settings, host } = visit
  if (settings.authMethod === "token") {
    return { expiresAt: dateOf(token.expire_time), canBeRenewed: token.renewable }
  }
  const jwt = host.credential.jwt
  const expiresAt = jwt === undefined ? null : endOfJwt(jwt)
  if (expiresAt !== null) tellEndOfJwt(visit, expiresAt)
  return { expiresAt, canBeRenewed: false }
}

function tellEndOfJwt({ report, host }: Visit, end: Date): void {
  const left = Math.max(0, (end.getTime() - host.now().getTime()) / 1000)
  report.warned(
    "expiry",
    `The JWT ends on ${day(end)}, in ${duration(left)}. After that, nobody can sign in with it.`,
    {
      mend: "Use AppRole, whose secret id Strongroom can use for as long as you want.",
    },
  )
}

/** What it says of itself. It isn't verified, as the server does that; null when it doesn't say. */
function endOfJwt(jwt: Secret): Date | null {
  const [, payload = ""] = new TextDecoder().decode(expose(jwt)).trim().split(".")
  const claims = parseJson(Buffer.from(payload, "base64url"))
  const parsed = z.object({ exp: z.int() }).safeParse(claims)
  return parsed.success ? new Date(parsed.data.exp * 1000) : null
}

/**
 * A token that isn't good and one that may not look itself up get the same answer. Asked about a mount, the server
 * answers the one in general and the other about the mount.
 */
async function withoutLookingUp(visit: Visit, token: Secret): Promise<Identity> {
  const { client, report, settings } = visit
  const path = ["sys", "internal", "ui", "mounts", ...settings.mount.split("/")]
  const answer = await client.call({ method: "GET", path, token })
  if (answer.status !== 200 && !errorsIn(answer.body).includes("preflight capability check")) {
    throw notAccepted(settings)
  }
  const text =
    "The credential is accepted, but it may not look itself up: whose it is, and when it ends, can't be told."
  const mend = 'Grant it "read" on auth/token/lookup-self, as the policy below does.'
  const paste = likelyPolicy(settings)
  // A token that is kept must be renewed in time; what a sign-in gives says itself when it ends.
  if (settings.authMethod === "token") report.failed("signed_in", "forbidden", text, { mend, paste })
  else report.warned("signed_in", text, { mend, paste })
  return { name: null, isRoot: false, expiresAt: null, canBeRenewed: false, namespace: null }
}

function notAccepted(settings: VaultSettings): Obstacle {
  const text =
    settings.authMethod === "token"
      ? "The server doesn't accept the token: it is mistyped, expired, revoked, or of another namespace."
      : "The server doesn't accept the token that it gave at the sign-in."
  return new Obstacle("unauthenticated", text, `Make a new one. ${namespaceHint(settings)}`)
}

function nameOf({ display_name, meta }: Token): string {
  const role = meta?.role_name ?? meta?.role
  const name = `"${named(display_name === "" ? "token" : display_name)}"`
  return role === undefined ? name : `${name}, role "${named(role)}"`
}

function policiesInWords(policies: readonly string[]): string {
  if (policies.length === 0) return "no policy"
  return `${policies.length === 1 ? "the policy" : "the policies"} ${listed(policies)}`
}

function tellRoot({ report, settings }: Visit): void {
  report.warned("root_token", "This is a root token: it may do everything there, and most of that is nobody's here.", {
    mend: `Let Strongroom make a token of its own from it, or use AppRole with the policy below, and revoke the root token. How to harden a server: ${hardening}`,
    paste: likelyPolicy(settings),
    consent: "root_token",
  })
}

/** What can be wrong with a token that somebody pasted. What a sign-in gives is replaced by another sign-in. */
function tellWhatTokensAre(visit: Visit, token: Token, isRoot: boolean): void {
  const { report } = visit
  const person = personOf(token)
  if (person !== null) {
    const end = token.ttl > 0 ? ` and ends in ${duration(token.ttl)}` : ""
    report.warned("personal_token", `This token is ${named(person)}'s own${end}.`, {
      mend: "Use AppRole, or a periodic token that is made for Strongroom: this one stops with the person's sign-in, and what Strongroom does stands under that name in the server's log.",
      consent: "personal_token",
    })
  }
  if (token.num_uses > 0) {
    report.failed("uses", "misconfigured", `This token stops after ${token.num_uses} more requests.`, {
      mend: "Make one without a limit on its uses.",
    })
  }
  if (!token.orphan && !isRoot) {
    report.warned("orphan", "This token ends when the one that it was made with ends or is revoked.", {
      mend: "Make an orphan: `bao token create -orphan -period=768h -policy=…`.",
    })
  }
  tellEnd(visit, token)
}

function tellEnd({ report }: Visit, { expire_time, ttl, renewable, period, explicit_max_ttl }: Token): void {
  const end = dateOf(expire_time)
  if (end === null) {
    report.passed("expiry", "It doesn't end.")
    return
  }
  const ends = `${day(end)}, in ${duration(ttl)}`
  if (!renewable) {
    report.warned("expiry", `It ends on ${ends}, and can't be renewed. Then nothing can be read or written there.`, {
      mend: "Use AppRole, or a periodic token, which Strongroom renews.",
    })
  } else if (explicit_max_ttl > 0 || period === 0) {
    const limit =
      explicit_max_ttl > 0 ? `to ${duration(explicit_max_ttl)} of age` : "to the server's limit, often 32 days"
    report.warned("expiry", `It ends on ${ends}. Strongroom renews it, but only up ${limit}.`, {
      mend: "Make it periodic (`-period=768h`): then it can be renewed for ever.",
    })
  } else report.passed("expiry", `It ends in ${duration(ttl)} unless it is renewed, which Strongroom does in time.`)
}

const methodsOfPeople = /^auth\/(?:userpass|ldap|oidc|github|okta|radius|kerberos|saml)\//
const endsOfPeople = /\/(?:login\/[^/]+|oidc\/callback)$/

/** The name of whom a token belongs to; null when it doesn't look like a person's. */
function personOf({ path, display_name, meta }: Token): string | null {
  const made = path.startsWith("auth/token/")
  // A token made with a person's token says nothing of them but what was put into its name.
  const isOfPerson = !made && (methodsOfPeople.test(path) || endsOfPeople.test(path))
  if (!isOfPerson && !display_name.includes("@")) return null
  return meta?.username ?? display_name.replace(/^(?:userpass|ldap|oidc|github|okta|radius|kerberos|saml|token)-/, "")
}

function dateOf(time: string | null | undefined): Date | null {
  const date = new Date(time ?? "")
  return Number.isNaN(date.getTime()) ? null : date
}
