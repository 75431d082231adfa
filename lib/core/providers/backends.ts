/** The kinds of backends that can be registered, and what each of them is opened with. */
import type { Database } from "../../db/database.ts"
import type { StoredProvider } from "../../db/providers.ts"
import { AppError } from "../../errors.ts"
import type { Egress } from "../../net/egress.ts"
import {
  type Credential,
  ProviderError,
  type RemoteHost,
  type RemoteProvider,
  type Settings,
} from "../../providers/provider.ts"
import type { Credentials } from "./credentials.ts"
import { guarded } from "./guarded-fetch.ts"
import { sessionOfItsOwn, sessionsOf } from "./sessions.ts"

/** A provider that the operator's environment declares. Its credential is in this process's memory alone. */
export interface DeclaredProvider {
  kind: string
  name: string
  settings: Readonly<Record<string, string>>
  credential: Credential
}

export interface Backends {
  /** Throws `unsupported`, and names those that there are. */
  kind(kind: string): RemoteProvider
  find(kind: string): RemoteProvider | undefined
  readonly declared: DeclaredProvider | undefined
  /**
   * What a registered provider is opened with. Throws ProviderError `misconfigured` when it has no credential, or one
   * that belongs elsewhere.
   */
  hostOf(provider: StoredProvider): Promise<RemoteHost>
  /** What settings that aren't saved are tried with. Nothing of it is kept. */
  hostForTrying(credential: Credential, options?: { byOperator: boolean }): RemoteHost
}

export interface BackendParts {
  database: Database
  credentials: Credentials
  instanceId: string
  kinds: ReadonlyMap<string, RemoteProvider>
  /** The way out for addresses that tenants typed. */
  egress: Egress
  /** The way out for the address that the operator declared, which may be private. */
  operatorEgress: Egress
  declared: DeclaredProvider | undefined
}

export function openBackends(parts: BackendParts): Backends {
  const { database, credentials, instanceId, kinds, egress, operatorEgress, declared } = parts
  const now = (): Date => new Date()

  async function credentialOf(provider: StoredProvider, kind: RemoteProvider): Promise<Credential> {
    if (provider.source === "environment") {
      if (declared === undefined || !isOf(declared, provider, kind)) throw notDeclared(provider.name)
      return declared.credential
    }
    if (provider.credential === null) throw noCredential(provider.name)
    const fields = await credentials.open(belongingOf(provider, kind), provider.credential)
    if (fields === undefined) throw noCredential(provider.name)
    return fields.secrets
  }

  return {
    declared,
    find: (kind) => kinds.get(kind),
    kind: (kind) => {
      const found = kinds.get(kind)
      if (found === undefined) throw noSuchKind(kind, [...kinds.keys()])
      return found
    },
    hostOf: async (provider) => {
      const kind = kinds.get(provider.kind)
      if (kind === undefined)
        throw new ProviderError("misconfigured", `This version has no provider of the kind ${provider.kind}.`)
      const way = provider.source === "environment" ? operatorEgress : egress
      const { id, organizationId } = provider
      return {
        now,
        instanceId,
        credential: await credentialOf(provider, kind),
        fetch: guarded(way.fetchFor(id)),
        sessions: sessionsOf({ database, credentials }, { id, organizationId }, kind.endpointOf(provider.settings)),
      }
    },
    hostForTrying: (credential, { byOperator } = { byOperator: false }) => ({
      now,
      instanceId,
      credential,
      fetch: guarded((byOperator ? operatorEgress : egress).fetch),
      sessions: sessionOfItsOwn(),
    }),
  }
}

/** What a provider's credential is bound to. */
export function belongingOf(
  { organizationId, id, settings }: Pick<StoredProvider, "organizationId" | "id" | "settings">,
  kind: Pick<RemoteProvider, "endpointOf">,
): { purpose: "backend-cred"; organizationId: string; id: string; endpoint: string } {
  return { purpose: "backend-cred", organizationId, id, endpoint: kind.endpointOf(settings) }
}

/** The declared settings as the kind completes them. Throws ProviderError `misconfigured`. */
export function declaredSettings(declared: DeclaredProvider, kind: RemoteProvider): Settings {
  const parsed = kind.settings.safeParse(declared.settings)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`
  throw new ProviderError("misconfigured", `The provider of the environment has settings that can't be used${where}.`)
}

/** A row that the environment made earlier gets the credential only for the endpoint that is declared now. */
function isOf(declared: DeclaredProvider, provider: StoredProvider, kind: RemoteProvider): boolean {
  if (declared.kind !== provider.kind) return false
  return kind.endpointOf(declaredSettings(declared, kind)) === kind.endpointOf(provider.settings)
}

function noSuchKind(kind: string, kinds: readonly string[]): AppError {
  const which = kinds.length === 0 ? "none" : kinds.join(", ")
  return new AppError("unsupported", `This version can't register a provider of the kind ${kind}. It knows ${which}.`)
}

function noCredential(name: string): ProviderError {
  return new ProviderError("misconfigured", `${name} has no credential for its address. Enter one on its page.`)
}

function notDeclared(name: string): ProviderError {
  return new ProviderError("misconfigured", `The operator's environment doesn't declare ${name} any more.`)
}
