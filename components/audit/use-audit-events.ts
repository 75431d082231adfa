"use client"

import { useEffect, useEffectEvent, useState, useTransition } from "react"
import type { OutputOf } from "@/lib/contract/api"
import type { AuditEvent } from "@/lib/contract/dto"
import { pathOf, readApi } from "../query/read-api"
import { type AuditQuestion, questionQuery } from "./audit-filters"

export type AuditPage = OutputOf<"listAudit">

const pageSize = 50
/** How often a log that is looked at asks for what is new. Each time is an event of its own, so not too often. */
const liveEveryMs = 10_000

interface AuditEvents {
  /** Undefined while the first of them are on the way. */
  events: readonly AuditEvent[] | undefined
  /** How many came in since the page was opened. */
  fresh: number
  hasOlder: boolean
  isLoadingOlder: boolean
  failure: string | undefined
  loadOlder: () => void
}

/** The log: its first page (the server's where it brought one), older ones when asked for, and what happens while the page is looked at. */
export function useAuditEvents(
  scope: string,
  question: AuditQuestion,
  { first, isLive }: { first: AuditPage | undefined; isLive: boolean },
): AuditEvents {
  const [events, setEvents] = useState<readonly AuditEvent[] | undefined>(first?.items)
  const [cursor, setCursor] = useState(first?.nextCursor ?? null)
  const [head, setHead] = useState(first?.head.seq)
  const [fresh, setFresh] = useState(0)
  const [failure, setFailure] = useState<string>()
  const [isLoadingOlder, startTransition] = useTransition()

  const readFirst = useEffectEvent(async (signal: AbortSignal): Promise<void> => {
    try {
      const page = await readPage(scope, question, {}, signal)
      setEvents(page.items)
      setCursor(page.nextCursor)
      setHead(page.head.seq)
    } catch (error) {
      if (!signal.aborted) setFailure(messageOf(error))
    }
  })

  useEffect(() => {
    if (head !== undefined) return
    const stop = new AbortController()
    void readFirst(stop.signal)
    return () => stop.abort()
  }, [head])

  const readNew = useEffectEvent(async (signal: AbortSignal): Promise<void> => {
    if (head === undefined) return
    try {
      const news = await readAll(scope, question, head, signal)
      setHead(news.head)
      setEvents((before = []) => [...news.events, ...before])
      setFresh((before) => before + news.events.length)
      setFailure(undefined)
    } catch (error) {
      if (!signal.aborted) setFailure(messageOf(error))
    }
  })

  useEffect(() => {
    if (!isLive) return
    const stop = new AbortController()
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void readNew(stop.signal)
    }, liveEveryMs)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }, [isLive])

  function loadOlder(): void {
    if (cursor === null || isLoadingOlder) return
    startTransition(async () => {
      try {
        const older = await readPage(scope, question, { cursor }, AbortSignal.timeout(30_000))
        setEvents((before = []) => [...before, ...older.items])
        setCursor(older.nextCursor)
        setFailure(undefined)
      } catch (error) {
        setFailure(messageOf(error))
      }
    })
  }

  return { events, fresh, hasOlder: cursor !== null, isLoadingOlder, failure, loadOlder }
}

/** Everything after `head`, newest first, in as many pages as it takes. */
async function readAll(
  scope: string,
  question: AuditQuestion,
  head: number,
  signal: AbortSignal,
): Promise<{ events: AuditEvent[]; head: number }> {
  const events: AuditEvent[] = []
  let newest: number | undefined
  let cursor: string | null = null
  do {
    const where: Record<string, string> = { after: String(head), ...(cursor !== null && { cursor }) }
    const page: AuditPage = await readPage(scope, question, where, signal)
    newest ??= page.head.seq
    events.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return { events, head: newest }
}

function readPage(
  scope: string,
  question: AuditQuestion,
  where: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<AuditPage> {
  const query = questionQuery(question, { limit: String(pageSize), ...where })
  return readApi<"listAudit">(`${pathOf`/api/v1/scopes/${scope}/audit`}?${query}`, {}, signal)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "The log could not be read. Try again in a moment."
}
