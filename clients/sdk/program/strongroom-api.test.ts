import { beforeFront } from "../../../lib/testing/before-front.ts"
import { aRunningApi } from "../../../lib/testing/running-api.ts"
import { describeStrongroomApi } from "../../../lib/testing/strongroom-api-contract.ts"
import { Strongroom } from "../index.ts"

describeStrongroomApi("StrongroomApi over fetch", async ({ core }) => {
  const running = await aRunningApi(undefined, { core })
  const { url, ...address } = await beforeFront(running)
  return {
    as: (credential) => new Strongroom({ url, ...(credential.kind === "bearer" && { token: credential.token }) }).api,
    [Symbol.asyncDispose]: async () => {
      await address[Symbol.asyncDispose]()
      await running[Symbol.asyncDispose]()
    },
  }
})
