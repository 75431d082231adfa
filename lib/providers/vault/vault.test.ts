/** The contract on the real server, for each engine and each way to sign in. */
import { aKvV1Store, aKvV2Store, type TestVaultStore } from "../../testing/a-vault-store.ts"
import { jwtIssuer } from "../../testing/jwt-issuer.ts"
import type { KvV1, KvV2, OpenBaoClient } from "../../testing/openbao-client.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import { ownName, sharedOpenBao } from "../../testing/shared-openbao.ts"
import { testCluster } from "../../testing/token-review.ts"
import { describeRemoteProvider, type RemoteProviderUnderTest } from "../provider-contract.ts"
import { policyFor } from "./policy.ts"
import { settingsOf, type VaultSettings } from "./settings.ts"
import { vault } from "./vault.ts"

const onKv2 = vault.capabilitiesOf(settingsFor(2))
const onKv1 = vault.capabilitiesOf(settingsFor(1))

describeRemoteProvider("vault on KV v2", onKv2, async () => underTest(await aKvV2Store()))
describeRemoteProvider("vault on KV v1", onKv1, async () => underTest(await aKvV1Store()))
describeRemoteProvider("vault on KV v2 in a namespace", onKv2, async () =>
  underTest(await aKvV2Store({ inNamespace: true })),
)
describeRemoteProvider("vault on KV v2 without a prefix", onKv2, async () =>
  underTest(await aKvV2Store({ settings: { prefix: "" } })),
)

describeRemoteProvider("vault by AppRole, with the policy that we ask for", onKv2, async () => {
  const { root } = await sharedOpenBao()
  const [authMount, role] = [ownName("approle"), ownName("role")]
  await root.enableAuth(authMount, "approle")
  const at = await aKvV2Store()
  const { roleId, secretId } = await root.appRole(authMount, role, { policies: [await leastPolicy(root, at)] })
  return signedInBy(at, { authMethod: "approle", authMount, roleId }, { secretId })
})

describeRemoteProvider("vault by Kubernetes, with the policy that we ask for", onKv2, async () => {
  const { root } = await sharedOpenBao()
  const cluster = await testCluster()
  const [authMount, role] = [ownName("kubernetes"), ownName("role")]
  await root.enableAuth(authMount, "kubernetes")
  await root.configureKubernetes(authMount, cluster)
  const at = await aKvV2Store()
  const [namespace, name] = ["payments", "strongroom"]
  const policies = [await leastPolicy(root, at)]
  await root.kubernetesRole(authMount, role, { policies, serviceAccount: name, namespace })
  const jwt = await cluster.podToken({ namespace, name })
  const subject = signedInBy(at, { authMethod: "kubernetes", authMount, role }, { jwt })
  return {
    ...subject,
    end: async () => {
      await subject.end?.()
      await cluster[Symbol.asyncDispose]()
    },
  }
})

describeRemoteProvider("vault by JWT on KV v1, with the policy that we ask for", onKv1, async () => {
  const { root } = await sharedOpenBao()
  const issuer = await jwtIssuer("https://ci.example")
  const [authMount, role] = [ownName("jwt"), ownName("role")]
  await root.enableAuth(authMount, "jwt")
  await root.configureJwt(authMount, issuer)
  const at = await aKvV1Store()
  await root.jwtRole(authMount, role, { policies: [await leastPolicy(root, at)], audience: "strongroom" })
  const jwt = await issuer.sign({ subject: "deploy", audience: "strongroom" })
  return signedInBy(at, { authMethod: "jwt", authMount, role }, { jwt })
})

function settingsFor(kvVersion: 1 | 2): VaultSettings {
  return settingsOf("vault").parse({ address: "https://vault.example", mount: "kv", kvVersion })
}

async function leastPolicy(root: OpenBaoClient, { settings }: TestVaultStore<unknown>): Promise<string> {
  const name = ownName("policy")
  const { mount, prefix, kvVersion } = settings
  await root.writePolicy(name, policyFor({ mount, prefix, kvVersion: kvVersion === 1 ? 1 : 2, hasPatch: true }))
  return name
}

function signedInBy(
  at: TestVaultStore<KvV1 | KvV2>,
  settings: Partial<VaultSettings>,
  credential: Record<string, string>,
): RemoteProviderUnderTest {
  return underTest(at, (parts = {}) => at.open(remoteHost(credential, parts), settings))
}

function underTest(
  at: TestVaultStore<KvV1 | KvV2>,
  open = (parts = {}) => at.open(remoteHost({ token: at.server.rootToken }, parts)),
): RemoteProviderUnderTest {
  const folder = "others"
  return {
    store: open(),
    reopen: async () => open(),
    openAsAnother: async () => open({ instanceId: crypto.randomUUID() }),
    organizationId: crypto.randomUUID(),
    folder,
    put: async (name, fields) => {
      const location = [at.settings.prefix, folder, name].filter((part) => part !== "").join("/")
      await at.kv.put(location, fields)
      return location
    },
    end: async () => at[Symbol.asyncDispose](),
  }
}
