/** What a remote provider is given, for tests of providers: the real egress guard, and a session of the test's own. */
import { guarded } from "../core/providers/guarded-fetch.ts"
import { openEgress } from "../net/egress.ts"
import type { BackendSession, RemoteHost, SessionPort } from "../providers/provider.ts"
import { Secret } from "../secret.ts"

/** By default all hosts of a test are one installation with one session each, and reach this machine alone. */
export function remoteHost(credential: Record<string, string>, parts: Partial<RemoteHost> = {}): RemoteHost {
  const egress = openEgress({ allow: [], own: [], loopback: true })
  const secrets = Object.entries(credential).map(([field, text]) => [field, Secret.fromText(text)] as const)
  return {
    now: () => new Date(),
    fetch: guarded(egress.fetch),
    credential: Object.fromEntries(secrets),
    sessions: oneSession(),
    instanceId: testInstanceId,
    ...parts,
  }
}

/** A session that is made once for all who need one at the same moment, as core's is. */
export function oneSession(): SessionPort {
  let current: BackendSession | undefined
  let underWay: Promise<BackendSession> | undefined
  return {
    current: async () => current,
    replace: async (old, signIn) => {
      if (underWay !== undefined) return underWay
      if (current !== undefined && current !== old) return current
      underWay = signIn(current).finally(() => (underWay = undefined))
      current = await underWay
      return current
    },
  }
}

const testInstanceId = crypto.randomUUID()
