/**
 * HashiCorp Vault and OpenBao: a server that a team runs, one in dev mode, and HashiCorp's cloud. The three differ in
 * defaults, and in what their check has to say.
 */
import {
  type Capabilities,
  ProviderError,
  type RemoteHost,
  type RemoteProvider,
  type SecretStore,
  type Settings,
} from "../provider.ts"
import { bootstrap } from "./bootstrap.ts"
import { check } from "./check.ts"
import { openClient } from "./client.ts"
import { openKv1 } from "./kv1.ts"
import { openKv2 } from "./kv2.ts"
import { openSession } from "./session.ts"
import {
  credentialFieldsOf,
  endpointOf,
  listCommandOf,
  settingsOf,
  targetOf,
  type VaultKind,
  vaultSettings,
} from "./settings.ts"

export const vaultDev = vaultProvider("vault_dev")
export const vault = vaultProvider("vault")
export const vaultHcp = vaultProvider("vault_hcp")

function vaultProvider(kind: VaultKind): RemoteProvider {
  return {
    kind,
    settings: settingsOf(kind),
    credentialFieldsOf: (settings) => credentialFieldsOf(vaultSettings(settings)),
    endpointOf: (settings) => endpointOf(vaultSettings(settings)),
    targetOf: (settings) => targetOf(vaultSettings(settings)),
    capabilitiesOf,
    listCommandOf: (settings) => listCommandOf(vaultSettings(settings)),
    open,
    check,
    bootstrap,
  }
}

/** @throws ProviderError `misconfigured` for settings that no check has completed */
function open(stored: Settings, host: RemoteHost): SecretStore {
  const settings = vaultSettings(stored)
  const client = openClient(settings, host)
  const signedIn = openSession(settings, client, host)
  const engine = { settings, client, signedIn, instanceId: host.instanceId, now: host.now }
  if (settings.kvVersion === 2) return openKv2(engine)
  if (settings.kvVersion === 1) return openKv1(engine)
  throw new ProviderError(
    "misconfigured",
    "It isn't known yet which version the KV engine has. Check the provider first.",
  )
}

/** Until a check found the engine out, what both of them can do. */
function capabilitiesOf(stored: Settings): Capabilities {
  const { kvVersion, maxVersions } = vaultSettings(stored)
  return kvVersion === 2 ? kv2Capabilities(maxVersions) : kv1Capabilities
}

function kv2Capabilities(maxVersions: number | null): Capabilities {
  return {
    createOnly: "native",
    versions: "native",
    trash: "native",
    destroyVersion: "native",
    idempotentWrite: "none",
    adoption: "native",
    // 0 at the mount means the engine's own default.
    limits: { valueBytes, versions: maxVersions === null || maxVersions === 0 ? 10 : maxVersions },
  }
}

const valueBytes = 64 * 1024

const kv1Capabilities: Capabilities = {
  createOnly: "emulated",
  versions: "none",
  trash: "none",
  destroyVersion: "none",
  idempotentWrite: "emulated",
  adoption: "emulated",
  limits: { valueBytes, versions: 1 },
}
