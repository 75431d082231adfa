/** What a remote provider is given, for tests of providers: the real egress guard, and a session of the test's own. */
import { guarded } from "../core/providers/guarded-fetch.ts"
import { sessionOfItsOwn } from "../core/providers/sessions.ts"
import { openEgress } from "../net/egress.ts"
import type { RemoteHost } from "../providers/provider.ts"
import { Secret } from "../secret.ts"

/** By default all hosts of a test are one installation with one session each, and reach this machine alone. */
export function remoteHost(credential: Record<string, string>, parts: Partial<RemoteHost> = {}): RemoteHost {
  const egress = openEgress({ allow: [], own: [], loopback: true })
  const secrets = Object.entries(credential).map(([field, text]) => [field, Secret.fromText(text)] as const)
  return {
    now: () => new Date(),
    fetch: guarded(egress.fetch),
    credential: Object.fromEntries(secrets),
    sessions: sessionOfItsOwn(),
    instanceId: testInstanceId,
    ...parts,
  }
}

const testInstanceId = crypto.randomUUID()
