import { describe, expect, it } from "vitest"
import { poll } from "../process/poll.ts"
import { jwtIssuer } from "./jwt-issuer.ts"
import { ownName, sharedOpenBao } from "./shared-openbao.ts"
import { testCluster } from "./token-review.ts"

const ledger = { namespace: "apps", name: "ledger" }

describe("sign-in to a real server", () => {
  it("takes the token of a pod that the cluster knows, and no other", async () => {
    await using cluster = await testCluster()
    const { root } = await sharedOpenBao()
    const mount = ownName("kubernetes")
    await root.enableAuth(mount, "kubernetes")
    await root.configureKubernetes(mount, cluster)
    await root.kubernetesRole(mount, "app", {
      policies: ["default"],
      serviceAccount: ledger.name,
      namespace: ledger.namespace,
      audience: "vault",
      tokenTtl: "1m",
    })
    const jwt = await cluster.podToken(ledger)
    const nobody = root.as(undefined)
    const token = await nobody.signIn(mount, { role: "app", jwt })
    expect(await root.lookUpToken(token)).toMatchObject({ ttl: expect.any(Number), orphan: true })
    expect(cluster.reviews()).toBe(1)

    const other = await cluster.podToken({ ...ledger, name: "other" })
    await expect(nobody.signIn(mount, { role: "app", jwt: other })).rejects.toThrow("403")
    const elsewhere = await cluster.podToken(ledger, { audience: "elsewhere" })
    await expect(nobody.signIn(mount, { role: "app", jwt: elsewhere })).rejects.toThrow("403")
    cluster.deletePod(jwt)
    await expect(nobody.signIn(mount, { role: "app", jwt })).rejects.toThrow("403")
    await root.disableAuth(mount)
  })

  it("takes a JWT of the issuer that it was told of, until that expires", async () => {
    const ci = await jwtIssuer("https://ci.test")
    const { root } = await sharedOpenBao()
    const mount = ownName("jwt")
    await root.enableAuth(mount, "jwt")
    await root.configureJwt(mount, ci)
    await root.jwtRole(mount, "deploy", { policies: ["default"], audience: "vault", subject: "repo:a", tokenTtl: "1m" })
    const nobody = root.as(undefined)
    const signIn = (jwt: string): Promise<string> => nobody.signIn(mount, { role: "deploy", jwt })
    const token = await signIn(await ci.sign({ subject: "repo:a", audience: "vault" }))
    expect(await root.lookUpToken(token)).toMatchObject({ policies: ["default"] })
    await expect(signIn(await ci.sign({ subject: "repo:b", audience: "vault" }))).rejects.toThrow("400")
    await expect(signIn(await ci.sign({ subject: "repo:a", audience: "vault", seconds: -600 }))).rejects.toThrow("400")
    const other = await jwtIssuer("https://ci.test")
    await expect(signIn(await other.sign({ subject: "repo:a", audience: "vault" }))).rejects.toThrow("400")
    await root.disableAuth(mount)
  })

  it("takes an AppRole's secret id as often as it may be used, and its token expires", async () => {
    const { root } = await sharedOpenBao()
    const mount = ownName("approle")
    await root.enableAuth(mount, "approle")
    const options = { policies: ["default"], tokenTtl: "1s", tokenMaxTtl: "2s", secretIdNumUses: 1 }
    const { roleId, secretId } = await root.appRole(mount, "app", options)
    const nobody = root.as(undefined)
    const token = await nobody.signIn(mount, { role_id: roleId, secret_id: secretId })
    await expect(nobody.signIn(mount, { role_id: roleId, secret_id: secretId })).rejects.toThrow(
      "invalid role or secret ID",
    )
    const isGone = async (): Promise<boolean> => (await root.lookUpToken(token)) === undefined
    expect(await isGone()).toBe(false)
    expect(await poll(isGone, { forMs: 20_000, everyMs: 100 })).toBe(true)
    await root.disableAuth(mount)
  })
})
