/**
 * Until when an effective set that was loaded here is certain: as long as the least fresh of what remote stores keep of
 * it. Within that time a caller who holds it is told so by its tag alone; Postgres says whether the tag is still right.
 */
export interface Confirmations {
  isCertain(etag: string): boolean
  /** Null: nothing of it is kept elsewhere, so its tag tells all. */
  note(etag: string, until: Date | null): void
}

/** How many sets are remembered: those that were loaded last. */
const most = 10_000

export function openConfirmations(now: () => number = Date.now): Confirmations {
  const certainUntil = new Map<string, number>()
  return {
    isCertain: (etag) => now() < (certainUntil.get(etag) ?? 0),
    note: (etag, until) => {
      certainUntil.delete(etag)
      certainUntil.set(etag, until === null ? Number.POSITIVE_INFINITY : until.getTime())
      if (certainUntil.size <= most) return
      for (const oldest of certainUntil.keys()) {
        certainUntil.delete(oldest)
        return
      }
    },
  }
}
