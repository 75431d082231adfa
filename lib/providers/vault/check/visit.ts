/** One check under way: what it is about, where it tells, and how it asks. */
import type { RemoteHost } from "../../provider.ts"
import type { VaultAnswer, VaultCall, VaultClient } from "../client.ts"
import type { VaultSettings } from "../settings.ts"
import { Obstacle } from "./obstacle.ts"
import type { CheckReport } from "./report.ts"

export interface Visit {
  settings: VaultSettings
  host: RemoteHost
  report: CheckReport
  client: VaultClient
}

/** Links that stay true longer than any advice of ours. */
export const hardening =
  "https://developer.hashicorp.com/vault/docs/concepts/production-hardening (Vault), https://openbao.org/docs/internals/security (OpenBao)"

const wholeMs = 10_000
const oneMs = 5_000

/** The client, which never answers later than ten seconds from now on. */
export function withinTenSeconds(client: VaultClient): VaultClient {
  const end = performance.now() + wholeMs
  return {
    close: () => client.close(),
    call: async (call: VaultCall): Promise<VaultAnswer> => {
      const left = Math.floor(end - performance.now())
      if (left <= 0) {
        const text = "The check was given up after ten seconds: the server answers too slowly."
        throw new Obstacle("unreachable", text, "Check again. If it stays so, look at what the server is busy with.")
      }
      return await client.call({ ...call, timeoutMs: Math.min(oneMs, left) })
    },
  }
}
