/** Who asks. Made from a credential by core/identity/authenticate.ts alone, anew for every request. */
import type { Role, ScopeKind } from "../contract/words.ts"

export interface HeldRole {
  role: Role
  scopeId: string
  scopePath: string
  scopeKind: ScopeKind
}

export interface PersonCaller {
  kind: "person"
  via: "session" | "personal_token"
  /** The session's or the personal token's id. */
  credentialId: string
  organizationId: string
  id: string
  name: string
  email: string
  roles: readonly HeldRole[]
  /** When the person last proved who they are, under this credential. */
  signedInAt: Date
  expiresAt: Date
  /** For a session: "password" or the identity provider's issuer. */
  method: string | null
}

export interface MachineCaller {
  kind: "service_account"
  /** The access token's id. */
  credentialId: string
  organizationId: string
  id: string
  name: string
  scopeId: string
  scopePath: string
  expiresAt: Date
}

/** Nobody yet: somebody who sets up, signs in or accepts an invitation. */
export interface Nobody {
  kind: "nobody"
}

export type Caller = PersonCaller | MachineCaller | Nobody

/** What came with a request to prove who asks. The text is parsed and hashed by `authenticate`, and kept nowhere. */
export type Credential = { kind: "none" } | { kind: "bearer"; token: string } | { kind: "session"; id: string }

/** What is known of the request besides who asks and what for. */
export interface RequestFacts {
  id: string
  /** The client's address, behind trusted proxies. */
  address: string | null
  userAgent: string | null
  idempotencyKey: string | null
  ifNoneMatch: string | null
}
