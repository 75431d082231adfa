/**
 * Whether values may go to a provider. Somebody who may delegate approves just the address and the place there that they
 * read; a change of it takes the approval back. Where a scope is protected by two people, it is somebody else than who
 * typed the address. Until then, only who typed it may have values written there.
 */
import type { Protection } from "../../contract/words.ts"
import type { StoredProvider } from "../../db/providers.ts"
import type { Caller } from "../caller.ts"

type Approvable = Pick<StoredProvider, "epoch" | "approvedEpoch" | "approvedById" | "createdById" | "source">

/** Whether values of a scope with this protection may go there, whoever writes them. */
export function isApproved(provider: Approvable, protection: Protection): boolean {
  if (provider.approvedEpoch !== provider.epoch) return false
  if (protection === "recorded" || provider.source === "environment") return true
  return provider.approvedById !== provider.createdById
}

/** Whether this caller's values may go there. */
export function takesValuesOf(provider: Approvable, protection: Protection, caller: Caller): boolean {
  return isApproved(provider, protection) || isRegistrar(provider, caller)
}

export function isRegistrar({ createdById }: Pick<Approvable, "createdById">, caller: Caller): boolean {
  return caller.kind === "person" && caller.id === createdById
}
