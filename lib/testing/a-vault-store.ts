/** The Vault provider's store on a mount of the test's own, on the run's real server. */
import type { RemoteHost, SecretStore } from "../providers/provider.ts"
import { settingsOf, type VaultSettings } from "../providers/vault/settings.ts"
import { vault } from "../providers/vault/vault.ts"
import type { KvV1, KvV2, OpenBaoClient } from "./openbao-client.ts"
import { remoteHost } from "./remote-host.ts"
import type { RunningOpenBao } from "./servers.ts"
import { aKvV1Mount, aKvV2Mount, type KvMount } from "./shared-openbao.ts"

export interface TestVaultStore<Engine> extends AsyncDisposable {
  readonly store: SecretStore
  readonly settings: VaultSettings
  /** The same settings with other parts, or another host. */
  readonly open: (host?: RemoteHost, settings?: Partial<VaultSettings>) => SecretStore
  readonly server: RunningOpenBao
  /** The test's own client, as root where the mount is. */
  readonly root: OpenBaoClient
  readonly kv: Engine
}

export interface TestVaultOptions {
  settings?: Partial<VaultSettings>
  inNamespace?: boolean
  /** Root's token unless it says otherwise. */
  credential?: Record<string, string>
}

/** On KV v2, beneath the prefix `team/app`. */
export async function aKvV2Store(options: TestVaultOptions = {}): Promise<TestVaultStore<KvV2>> {
  return storeOn(await aKvV2Mount({ inNamespace: options.inNamespace ?? false }), 2, options)
}

/** On KV v1, beneath the prefix `team/app`. */
export async function aKvV1Store(options: TestVaultOptions = {}): Promise<TestVaultStore<KvV1>> {
  return storeOn(await aKvV1Mount({ inNamespace: options.inNamespace ?? false }), 1, options)
}

function storeOn<Engine>(
  at: KvMount<Engine>,
  kvVersion: 1 | 2,
  { settings: wanted = {}, credential = { token: at.server.rootToken } }: TestVaultOptions,
): TestVaultStore<Engine> {
  const settings = settingsOf("vault").parse({
    address: at.server.address,
    namespace: at.namespace ?? "",
    mount: at.mount,
    prefix: "team/app",
    kvVersion,
    ...wanted,
  })
  const open: TestVaultStore<Engine>["open"] = (host = remoteHost(credential), other = {}) =>
    vault.open({ ...settings, ...other }, host)
  const { server, root, kv } = at
  return { store: open(), settings, open, server, root, kv, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() }
}
