/** Answers of a KV v2 engine, as far as we read them. */
import { z } from "zod"
import type { VaultAnswer } from "./client.ts"
import { clockOf } from "./errors.ts"

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)))

export const metadata = z.object({
  data: z.object({
    /** 0 when there was never a version. */
    current_version: z.int().min(0),
    /** OpenBao alone has it. */
    current_metadata_version: z.int().min(0).optional(),
    custom_metadata: z
      .record(z.string(), z.string())
      .nullish()
      .transform((found) => found ?? {}),
    versions: z.record(
      z.string().regex(/^[1-9]\d*$/),
      z.object({ created_time: time, deletion_time: z.union([z.literal(""), time]), destroyed: z.boolean() }),
    ),
  }),
})

const versionFacts = z.object({ version: z.int().min(1), destroyed: z.boolean() })

export const contents = z.object({ data: z.object({ data: fields(), metadata: versionFacts }) })

/** What is left of a version that was deleted or destroyed, in a 404. */
export const remains = z.object({ data: z.object({ metadata: versionFacts }) })

export const written = z.object({ data: z.object({ version: z.int().min(1) }) })

export const subkeys = z.object({ data: z.object({ subkeys: fields() }) })

/** Fields as they are: others' may have any name. */
function fields() {
  return z.custom<Readonly<Record<string, unknown>>>(
    (found) => typeof found === "object" && found !== null && !Array.isArray(found),
  )
}

/**
 * When it was answered, by the server's clock, at the latest: the header counts whole seconds. By ours where the server
 * doesn't say.
 */
export function timeOf({ headers }: VaultAnswer, ours: Date): Date {
  const clock = clockOf(headers)
  return Number.isNaN(clock) ? ours : new Date(clock + 999)
}
