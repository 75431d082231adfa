/** How the server says that it is, which it tells everybody: no credential is sent for it, and no namespace. */
import { z } from "zod"
import { ProviderError } from "../provider.ts"
import type { VaultAnswer, VaultClient } from "./client.ts"
import { fromConnection, sealedError, shaped } from "./errors.ts"

export type Health = z.infer<typeof healthBody>

/**
 * @throws ConnectionError when no whole answer came
 * @throws ProviderError `unavailable` when it isn't Vault that answers
 */
async function healthOf(client: VaultClient): Promise<Health> {
  return shaped(healthBody, await askHealth(client), false)
}

/**
 * Asked so that every state is an answer with status 200, whose body is a `healthBody`: load balancers keep other ones
 * back.
 */
export function askHealth(client: VaultClient): Promise<VaultAnswer> {
  return client.call({
    method: "GET",
    path: ["sys", "health"],
    query: { standbyok: "true", perfstandbyok: "true", ...everyCodeIs200 },
    token: null,
    namespace: false,
  })
}

/**
 * The cluster's own id, which a restored copy keeps and another server doesn't have.
 * @throws ProviderError `sealed` or `unavailable` while it doesn't tell
 */
export async function clusterIdOf(client: VaultClient): Promise<string | null> {
  const { initialized, sealed, cluster_id } = await healthOf(client).catch((error: unknown) => {
    throw fromConnection(error, { changes: false })
  })
  if (!initialized) throw new ProviderError("unavailable", "This Vault has never been initialized: it is empty.")
  if (sealed) throw sealedError()
  return cluster_id ?? null
}

const codes = [
  "activecode",
  "standbycode",
  "drsecondarycode",
  "performancestandbycode",
  "haunhealthycode",
  "removedcode",
  "sealedcode",
  "uninitcode",
]
const everyCodeIs200: Record<string, string> = Object.fromEntries(codes.map((code) => [code, "200"]))

export const healthBody = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.boolean(),
  performance_standby: z.boolean().optional(),
  replication_dr_mode: z.string().optional(),
  removed_from_cluster: z.boolean().optional(),
  /** By its clock, in seconds. */
  server_time_utc: z.number(),
  version: z.string(),
  cluster_name: z.string().optional(),
  /** It is kept, and compared before each change. */
  cluster_id: z
    .string()
    .regex(/^[\x21-\x7e]{0,100}$/)
    .optional(),
})
