"use client"

import { type ReactNode, useEffect, useState } from "react"
import { relativeTime } from "./relative"

/**
 * "2 h ago", exact on hover. The server's words stay until the page has its own clock, so nothing jumps; after that
 * they are renewed each minute.
 */
export function RelativeTime({ at }: { at: string }): ReactNode {
  const [now, setNow] = useState(() => Date.now())
  const [exact, setExact] = useState<string>()
  useEffect(() => {
    setExact(exactTime.format(new Date(at)))
    const timer = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(timer)
  }, [at])
  return (
    <time dateTime={at} title={exact} suppressHydrationWarning className="whitespace-nowrap">
      {relativeTime(new Date(at), new Date(now))}
    </time>
  )
}

const exactTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" })
