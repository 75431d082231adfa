/**
 * The signed-in state at a backend, one for all processes. It lies sealed in the provider's row. Whoever needs a new one
 * takes the row's lease, signs in and puts it there; the others wait for that one.
 */
import { setTimeout as pause } from "node:timers/promises"
import type { Fields } from "../../crypto/packed-fields.ts"
import type { Database } from "../../db/database.ts"
import { endSignIn, readSession, type StoredSession, takeSignIn } from "../../db/provider-sessions.ts"
import type { ProviderKey } from "../../db/providers.ts"
import { type BackendSession, ProviderError, type SessionPort } from "../../providers/provider.ts"
import type { Credentials } from "./credentials.ts"

export interface SessionParts {
  database: Database
  credentials: Credentials
}

/** How long a session is used without looking whether another process has replaced it. */
const keptForMilliseconds = 10_000

/** How long others wait for a process that signs in, and how long it has for it. */
const leaseSeconds = 30

/** How often those who wait look. */
const everyMilliseconds = 100

interface Known {
  session: BackendSession
  /** What it was sealed as: another text is another session. */
  stored: StoredSession
}

/** The session of a registered provider at its endpoint. */
export function sessionsOf(
  { database, credentials }: SessionParts,
  provider: ProviderKey,
  endpoint: string,
): SessionPort {
  const belongsTo = {
    purpose: "backend-session",
    organizationId: provider.organizationId,
    id: provider.id,
    endpoint,
  } as const
  const handedOut = new WeakMap<BackendSession, StoredSession>()
  let kept: (Known & { until: number }) | undefined
  let underWay: Promise<BackendSession> | undefined

  async function look(): Promise<Known | undefined> {
    const stored = await readSession(database, provider)
    if (stored === undefined) return undefined
    if (kept !== undefined && isSame(kept.stored, stored)) return remember(kept.session, stored)
    const fields = await credentials.open(belongsTo, stored)
    const session = fields && toSession(fields, stored)
    return session && remember(session, stored)
  }

  function remember(session: BackendSession, stored: StoredSession): Known {
    handedOut.set(session, stored)
    kept = { session, stored, until: performance.now() + keptForMilliseconds }
    return { session, stored }
  }

  async function signInOnce(
    old: BackendSession | undefined,
    signIn: (session: BackendSession | undefined) => Promise<BackendSession>,
  ): Promise<BackendSession> {
    const patientUntil = performance.now() + leaseSeconds * 1_000
    for (;;) {
      const found = await look()
      if (found !== undefined && !isReplaced(found, old)) return found.session
      const lease = await takeSignIn(database, provider, found?.stored, leaseSeconds)
      if (lease !== undefined) return signInUnder(lease, found, signIn)
      if (performance.now() > patientUntil) throw tooLong()
      await pause(everyMilliseconds)
    }
  }

  /** Whether what is there is the one to be replaced, and not somebody's newer one. */
  function isReplaced({ stored }: Known, old: BackendSession | undefined): boolean {
    const oldStored = old && handedOut.get(old)
    return oldStored !== undefined && isSame(oldStored, stored)
  }

  async function signInUnder(
    lease: Date,
    found: Known | undefined,
    signIn: (session: BackendSession | undefined) => Promise<BackendSession>,
  ): Promise<BackendSession> {
    try {
      const session = await signIn(found && isGood(found.session) ? found.session : undefined)
      const sealed = await credentials.seal(belongsTo, toFields(session))
      const stored = { ...sealed, expiresAt: session.expiresAt, canBeRenewed: session.canBeRenewed }
      await endSignIn(database, provider, lease, stored)
      return remember(session, stored).session
    } catch (error) {
      await endSignIn(database, provider, lease, undefined)
      throw error
    }
  }

  return {
    current: async () => {
      if (kept !== undefined && performance.now() < kept.until && isGood(kept.session)) return kept.session
      return (await look())?.session
    },
    replace: async (old, signIn) => {
      const sooner = await underWay?.catch(() => undefined)
      if (sooner !== undefined && sooner !== old) return sooner
      const mine = signInOnce(old, signIn).finally(() => {
        if (underWay === mine) underWay = undefined
      })
      underWay = mine
      return mine
    },
  }
}

/** For what isn't registered: the session of one check, that nobody else gets to know. */
export function sessionOfItsOwn(): SessionPort {
  let current: BackendSession | undefined
  return {
    current: () => Promise.resolve(current),
    replace: async (old, signIn) => {
      if (current !== undefined && current !== old) return current
      current = await signIn(current)
      return current
    },
  }
}

function isGood({ expiresAt }: BackendSession): boolean {
  return expiresAt === null || expiresAt.getTime() > Date.now()
}

function isSame(a: StoredSession, b: StoredSession): boolean {
  return Buffer.compare(a.sealed, b.sealed) === 0
}

function toFields({ token, accessor, renewAt }: BackendSession): Fields {
  const notes = { ...(accessor !== null && { accessor }), ...(renewAt !== null && { renewAt: renewAt.toISOString() }) }
  return { secrets: { token }, notes }
}

function toSession({ secrets, notes }: Fields, stored: StoredSession): BackendSession | undefined {
  const { token } = secrets
  if (token === undefined) return undefined
  const renewAt = notes.renewAt === undefined ? null : new Date(notes.renewAt)
  const { expiresAt, canBeRenewed } = stored
  return { token, accessor: notes.accessor ?? null, expiresAt, renewAt, canBeRenewed }
}

function tooLong(): ProviderError {
  return new ProviderError("unavailable", "Signing in at the backend takes too long. Try again in a moment.")
}
