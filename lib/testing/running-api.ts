/** For the API's tests: the real HTTP layer, public port and private socket, over a core that answers as it is told. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningApi, startApi } from "../api/server.ts"
import type { OperationName } from "../contract/routes.ts"
import type { Credential, RequestFacts } from "../core/caller.ts"
import type { Core } from "../core/core.ts"
import { type RunningFront, runningFront } from "./running-front.ts"

export interface Call {
  name: OperationName
  credential: Credential
  input: unknown
  request: RequestFacts
}

export interface TestApi extends AsyncDisposable {
  front: RunningFront
  api: RunningApi
  socketPath: string
  /** What reached core. */
  calls: Call[]
}

export const publicUrl = new URL("http://strongroom.test")

export async function aRunningApi(
  answer: (call: Call) => unknown = () => ({}),
  settings: {
    core?: Pick<Core, "call">
    metricsToken?: string
    isReady?: () => Promise<boolean>
    providers?: Parameters<typeof startApi>[0]["providers"]
    keys?: Parameters<typeof startApi>[0]["keys"]
  } = {},
): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), "api-"))
  const socketPath = join(folder, "api.sock")
  const calls: Call[] = []
  const core = {
    call: async (name: OperationName, credential: Credential, input: unknown, request: RequestFacts) => {
      const call = { name, credential, input, request }
      calls.push(call)
      return answer(call)
    },
  } as Pick<Core, "call"> // a test answers with what it wants to see sent
  const api = await startApi({
    core: settings.core ?? core,
    publicUrl,
    version: "0.1.0",
    privatePlace: { socketPath },
    metricsToken: settings.metricsToken,
    isReady: settings.isReady ?? (() => Promise.resolve(true)),
    providers: settings.providers ?? (() => Promise.resolve([])),
    keys: settings.keys ?? (() => Promise.resolve([])),
  })
  const front = await runningFront({ api: api.handlePublic, publicUrl })
  const stop = async (): Promise<void> => {
    await front[Symbol.asyncDispose]()
    await api.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { front, api, socketPath, calls, [Symbol.asyncDispose]: stop }
}
