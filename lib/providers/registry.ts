/** The providers by their kind: the built-in one that is always there, and those that people register. */
import { localEncrypted } from "./local/local.ts"
import type { RemoteProvider } from "./provider.ts"
import { vault, vaultDev, vaultHcp } from "./vault/vault.ts"

export const builtInProvider = localEncrypted

export const remoteProviders: ReadonlyMap<string, RemoteProvider> = new Map(
  [vaultDev, vault, vaultHcp].map((provider) => [provider.kind, provider]),
)
