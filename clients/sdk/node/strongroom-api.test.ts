import { aRunningApi } from "../../../lib/testing/running-api.ts"
import { describeStrongroomApi } from "../../../lib/testing/strongroom-api-contract.ts"
import { connect } from "./index.ts"

describeStrongroomApi("StrongroomApi over HTTP", async ({ core }) => {
  const running = await aRunningApi(undefined, { core })
  return {
    as: (credential) => connect({ socketPath: running.socketPath }, credential),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
})
