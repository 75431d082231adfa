/**
 * Lists are paged by the key of the last row seen, so a page stays right while rows come and go. The cursor that a
 * client holds is that key, as base64url JSON; it holds names and times that the client was just shown.
 */
import { z } from "zod"
import type { Page } from "../contract/dto.ts"
import { AppError } from "../errors.ts"

/** A row's time in a cursor, as `toISOString` writes it. */
export const keyTime = z.iso.datetime({ precision: 3 }).refine((text) => !text.startsWith("0000"))

/** The key that a cursor stands for; undefined without a cursor. Throws `invalid` for one that we didn't make. */
export function readCursor<Key>(cursor: string | undefined, key: z.ZodType<Key>): Key | undefined {
  if (cursor === undefined) return undefined
  const parsed = key.safeParse(decode(cursor))
  if (parsed.success) return parsed.data
  throw new AppError("invalid", "This cursor isn't one of ours. Start again without it.", {
    fields: { cursor: "Leave it out." },
  })
}

/** A page of rows, of which one more than `limit` was asked for: the surplus row says that there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => unknown,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items: shown.map(toItem), nextCursor: more ? encode(keyOf(last)) : null }
}

function encode(key: unknown): string {
  return Buffer.from(JSON.stringify(key), "utf8").toString("base64url")
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"), keepText)
  } catch {
    return undefined // not JSON, or text that no row holds: the schema refuses it
  }
}

/** Anybody can write a cursor by hand: text that the database can't compare never gets there. */
function keepText(_name: string, inside: unknown): unknown {
  if (typeof inside === "string" && (inside.includes("\0") || !inside.isWellFormed()))
    throw new Error("No row holds it.")
  return inside
}
