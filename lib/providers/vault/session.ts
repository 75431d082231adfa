/**
 * Being signed in at Vault: one session for all processes. It is renewed at two thirds of its life, and replaced when
 * that gains nothing. What Vault refuses is tried again once with a new session, and never in a loop: some servers lock
 * an account after a few bad sign-ins.
 */
import type { Secret } from "../../secret.ts"
import { type BackendSession, ProviderError, type RemoteHost } from "../provider.ts"
import { signInBy } from "./auth/methods.ts"
import { type IssuedToken, issuedIn } from "./auth/sign-in.ts"
import type { VaultAnswer, VaultCall, VaultClient } from "./client.ts"
import { type Asked, fromConnection, outcomeUnknown, permissionDenied, refusal } from "./errors.ts"
import type { AuthMethod, VaultSettings } from "./settings.ts"

export interface SignedIn {
  /**
   * One request in the session. Statuses from 200 to 299 and those in `accept` are answered.
   * @throws ProviderError for all else
   */
  ask(ask: Ask): Promise<VaultAnswer>
  /** The session, renewed or made anew where that is due. */
  session(): Promise<BackendSession>
}

export interface Ask extends Omit<VaultCall, "token"> {
  /** Failures that the caller can make sense of. */
  accept?: readonly number[]
}

type SessionHost = Pick<RemoteHost, "now" | "sessions" | "credential">

export function openSession(settings: VaultSettings, client: VaultClient, host: SessionHost): SignedIn {
  const signIn = carefully(host, async () => {
    const asOf = host.now()
    return sessionOf(await signInBy[settings.authMethod](client, settings, host.credential), asOf)
  })
  const renewOrSignIn = (old: BackendSession | undefined): Promise<BackendSession> =>
    old === undefined ? signIn() : renewed(old, settings.authMethod, client, host, signIn)

  const session = async (): Promise<BackendSession> => {
    const current = await host.sessions.current()
    const isGood = current !== undefined && !isDue(current, host.now())
    return isGood ? current : host.sessions.replace(current, renewOrSignIn)
  }

  const ask = async (wanted: Ask): Promise<VaultAnswer> => {
    const current = await session()
    const answer = await sent(client, wanted, current.token)
    if (answer.status !== 403) return accepted(answer, wanted)
    if (await isTaken(client, current.token)) throw permissionDenied(askedOf(wanted))
    // It wasn't applied, so it may be sent again.
    const fresh = await host.sessions.replace(current, () => signIn())
    return accepted(await sent(client, wanted, fresh.token), wanted)
  }
  return { ask, session }
}

// --- a session's life

function sessionOf({ token, accessor, secondsLeft, canBeRenewed }: IssuedToken, asOf: Date): BackendSession {
  const after = (seconds: number): Date => new Date(asOf.getTime() + seconds * 1000)
  return {
    token,
    accessor,
    canBeRenewed,
    expiresAt: secondsLeft === null ? null : after(secondsLeft),
    // Not all of them in the same second, where many were made in one.
    renewAt: secondsLeft === null ? null : after(secondsLeft * (0.62 + Math.random() * 0.08)),
  }
}

function isDue({ renewAt, expiresAt }: BackendSession, now: Date): boolean {
  return (renewAt !== null && renewAt <= now) || (expiresAt !== null && expiresAt <= now)
}

/**
 * The session for longer, or a new one. While neither can be had and the old one lives, it is used on: Vault may be
 * down for a moment, or what was signed in with be over, as a JWT soon is.
 */
async function renewed(
  old: BackendSession,
  method: AuthMethod,
  client: VaultClient,
  host: SessionHost,
  signIn: () => Promise<BackendSession>,
): Promise<BackendSession> {
  const now = host.now()
  if (old.expiresAt !== null && old.expiresAt <= now) return signIn()
  const longer = old.canBeRenewed ? await renew(old, client, now) : undefined
  if (longer !== undefined && gained(old, longer)) return longer
  // For a typed token, signing in would find the same token again.
  if (method === "token") {
    const mayGainLater = old.canBeRenewed && longer === undefined
    return mayGainLater ? triedAgainLater(old, now) : usedUntilItEnds(old)
  }
  return signIn().catch((error: unknown) => {
    if (error instanceof ProviderError) return triedAgainLater(old, now)
    throw error
  })
}

/** Undefined when it wasn't to be had, for whatever reason. */
async function renew(old: BackendSession, client: VaultClient, asOf: Date): Promise<BackendSession | undefined> {
  const call: VaultCall = { method: "POST", path: ["auth", "token", "renew-self"], body: {}, token: old.token }
  try {
    const answer = await client.call(call)
    return answer.status === 200 ? sessionOf(issuedIn(answer), asOf) : undefined
  } catch (error) {
    if (fromConnection(error, { changes: false }) instanceof ProviderError) return undefined
    throw error
  }
}

/** At its longest life a renewal still answers, and gives no more time. */
function gained(old: BackendSession, longer: BackendSession): boolean {
  if (longer.expiresAt === null || old.expiresAt === null) return false
  return longer.expiresAt.getTime() > old.expiresAt.getTime() + 1000
}

function usedUntilItEnds(session: BackendSession): BackendSession {
  return { ...session, renewAt: session.expiresAt, canBeRenewed: false }
}

function triedAgainLater(session: BackendSession, now: Date): BackendSession {
  const left = (session.expiresAt?.getTime() ?? now.getTime()) - now.getTime()
  return { ...session, renewAt: new Date(now.getTime() + left / 2) }
}

/** After a refusal it isn't tried again for a while, longer each time: a few bad sign-ins lock an account. */
function carefully(host: Pick<RemoteHost, "now">, signIn: () => Promise<BackendSession>) {
  let refused: { error: ProviderError; until: number; waitMs: number } | undefined
  return async (): Promise<BackendSession> => {
    if (refused !== undefined && host.now().getTime() < refused.until) throw refused.error
    try {
      const session = await signIn()
      refused = undefined
      return session
    } catch (error) {
      if (error instanceof ProviderError && error.class === "unauthenticated") {
        const waitMs = refused === undefined ? firstWaitMs : Math.min(refused.waitMs * 2, longestWaitMs)
        refused = { error, until: host.now().getTime() + waitMs, waitMs }
      }
      throw error
    }
  }
}

const firstWaitMs = 30_000
const longestWaitMs = 15 * 60_000

// --- a request in it

async function sent(client: VaultClient, wanted: Ask, token: Secret): Promise<VaultAnswer> {
  const { accept: _, ...call } = wanted
  try {
    return await client.call({ ...call, token })
  } catch (error) {
    const described = fromConnection(error, askedOf(wanted))
    // A page in place of an answer: something stands in between, and who knows what it did.
    const isAPage = described instanceof ProviderError && described === error && described.class === "unavailable"
    throw isAPage && askedOf(wanted).changes ? outcomeUnknown(described.message) : described
  }
}

function accepted(answer: VaultAnswer, wanted: Ask): VaultAnswer {
  const { status } = answer
  if ((status >= 200 && status < 300) || wanted.accept?.includes(status) === true) return answer
  throw refusal(answer, askedOf(wanted))
}

function askedOf({ method, path, query }: Ask): Asked {
  return { method, path, changes: method !== "GET", ...(query && { query }) }
}

/** Whether Vault knows the token: it answers one that ended just as it does what a policy doesn't allow. */
async function isTaken(client: VaultClient, token: Secret): Promise<boolean> {
  const wanted: Ask = { method: "GET", path: ["auth", "token", "lookup-self"] }
  const answer = await sent(client, wanted, token)
  if (answer.status === 403) return false
  accepted(answer, wanted)
  return true
}
