import { describeStrongroomApi } from "../testing/strongroom-api-contract.ts"
import { inProcessApi } from "./in-process-api.ts"

describeStrongroomApi("StrongroomApi in process", ({ core }) =>
  Promise.resolve({
    as: (credential) => inProcessApi(core, credential),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
)
