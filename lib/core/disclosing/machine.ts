/** Which machine asks, as a disclosure needs to know it: from the row that its token led to. */
import { timingSafeEqual } from "node:crypto"
import { type ParsedToken, parseToken } from "../../crypto/tokens.ts"
import type { KnownMachine, Workspace } from "../../db/hot-reads.ts"
import type { Credential, MachineCaller } from "../caller.ts"
import { isFromOneOf } from "../identity/addresses.ts"

/** The access token of a credential; undefined for anything else. */
export function accessTokenOf(credential: Credential): ParsedToken | undefined {
  const token = credential.kind === "bearer" ? parseToken(credential.token) : undefined
  return token?.kind === "sat" ? token : undefined
}

/** True for a session or a personal token, by its form alone: whether it is good was not looked up. */
export function isOfAPerson(credential: Credential): boolean {
  return credential.kind === "session" || (credential.kind === "bearer" && parseToken(credential.token)?.kind === "pat")
}

/** Why a token can't be used now from there; undefined when it can. */
export function faultOf(machine: KnownMachine, token: ParsedToken, address: string | null): string | undefined {
  if (!timingSafeEqual(machine.tokenHash, token.hash)) return "unknown"
  if (machine.fault !== null) return machine.fault
  return isFromOneOf(machine.cidrs, address) ? undefined : "address"
}

export function callerOf(machine: KnownMachine): MachineCaller {
  const { tokenId, organizationId, accountId, accountName, scopeId, scope, expiresAt } = machine
  return {
    kind: "service_account",
    credentialId: tokenId,
    organizationId,
    id: accountId,
    name: accountName,
    scopeId,
    scopePath: scope,
    expiresAt,
  }
}

declare const permitted: unique symbol

/** Proof that a token was good and that a grant covers what it leads to. Only `permitReading` makes one. */
export interface ReadPermit {
  readonly permission: "secret.read"
  readonly machine: MachineCaller
  readonly workspace: Workspace
  readonly [permitted]: true
}

/** The permit for what a grant covers in a workspace; undefined where none does. */
export function permitReading(
  machine: MachineCaller,
  workspace: Workspace | null,
  granted: boolean,
): ReadPermit | undefined {
  if (workspace === null || !granted) return undefined
  // The brand exists for the compiler alone: nothing else can write a ReadPermit.
  return { permission: "secret.read", machine, workspace } as ReadPermit
}
