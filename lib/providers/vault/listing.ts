/**
 * Names in folders, a page at a time. OpenBao's KV v2 answers a page (`after`, `limit`); Vault and KV v1 don't know these
 * words, and answer the whole folder each time.
 */
import { z } from "zod"
import { isAbsence, refusal, shaped } from "./errors.ts"
import { isUsable } from "./paths.ts"
import type { SignedIn } from "./session.ts"

/**
 * What is directly in a folder, in the order of its bytes, after a name: at least `limit` names while there are so many.
 * A folder's name ends with a slash; `app` and `app/` may both be there.
 */
export type ListFolder = (folder: readonly string[], after: string, limit: number) => Promise<Names>

export interface Names {
  names: string[]
  hasMore: boolean
}

/** @param base what stands before a folder's path: mount, and the engine's word for lists */
export function listFolders(signedIn: SignedIn, base: readonly string[]): ListFolder {
  return async (folder, after, limit) => {
    const query = { list: "true", limit: String(limit), ...(after !== "" && { after }) }
    const path = [...base, ...folder]
    // Without pages, a big folder is one big answer.
    const ask = { method: "GET", path, query, accept: [404], maxResponseBytes: 4 * 1024 * 1024 } as const
    const answer = await signedIn.ask(ask)
    if (isAbsence(answer)) return { names: [], hasMore: false }
    if (answer.status === 404) throw refusal(answer, { ...ask, changes: false })
    const { keys } = shaped(listed, answer, false).data
    const names = keys.filter((name) => after === "" || inOrder(name, after) > 0).toSorted(inOrder)
    // Exactly as many as asked for: a page, maybe with more behind it. More than that: it was the whole folder.
    return { names, hasMore: keys.length === limit }
  }
}

/** An empty folder is a 404; from a server that was asked for a page and doesn't know pages, it has no `keys`. */
const listed = z.object({ data: z.object({ keys: z.array(z.string().min(1)).default([]) }) })

function inOrder(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

export interface Leaves {
  /** Paths of secrets. */
  paths: string[][]
  nextCursor: string | null
}

/**
 * Every secret beneath a folder, in one order, `limit` at a time. A page may have fewer, and still not be the last: it
 * makes do with a number of requests. A cursor is a path beneath the folder, which is done with: `a/b` up to the secret
 * `b`, `a/` with all of the folder `a`.
 */
export async function leavesBeneath(
  list: ListFolder,
  folder: readonly string[],
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<Leaves> {
  let requests = 0
  const counted: ListFolder = (...args) => {
    requests++
    return list(...args)
  }
  const paths: string[][] = []
  for await (const done of walk(counted, folder, cursor === null ? [] : keysOf(cursor))) {
    const leaf = done.at(-1) ?? ""
    if (!leaf.endsWith("/")) paths.push([...folder, ...done.map(nameOf)])
    if (paths.length >= limit || requests >= Math.min(limit + 4, requestsPerPage))
      return { paths, nextCursor: done.join("") }
  }
  return { paths, nextCursor: null }
}

/** At the most; who wants few waits for few, however slow the server is. */
const requestsPerPage = 200
const namesPerRequest = 1000

/** Answers secrets and folders as they are done with, as the keys on the way there: `["a/", "b"]`. */
async function* walk(
  list: ListFolder,
  folder: readonly string[],
  [first, ...rest]: readonly string[],
): AsyncGenerator<string[]> {
  if (first !== undefined && rest.length > 0) yield* inside(list, folder, first, rest)
  let after = first ?? ""
  let page: Names
  do {
    page = await list(folder, after, namesPerRequest)
    for (const key of page.names) {
      yield* key.endsWith("/") ? inside(list, folder, key, []) : [[key]]
      after = key
    }
  } while (page.hasMore && page.names.length > 0)
}

async function* inside(
  list: ListFolder,
  folder: readonly string[],
  key: string,
  rest: readonly string[],
): AsyncGenerator<string[]> {
  const name = nameOf(key)
  // Nothing of ours is in a folder whose name can't be sent.
  if (isUsable(name)) for await (const done of walk(list, [...folder, name], rest)) yield [key, ...done]
  yield [key]
}

function keysOf(cursor: string): string[] {
  return cursor.split(/(?<=\/)/)
}

function nameOf(key: string): string {
  return key.endsWith("/") ? key.slice(0, -1) : key
}
