"use client"

import { unstable_rethrow } from "next/navigation"
import { useState } from "react"
import type { FormAnswer } from "../ui/action-form"
import type { ProgressRow } from "../ui/progress"
import type { Tone } from "../ui/tag"

/** One thing to do for one row; its result is what the row then says. */
export interface RowTask {
  id: string
  run: () => Promise<FormAnswer<string>>
}

export interface RowRun {
  state: "waiting" | "running" | "done" | "failed"
  words: string
}

export interface RowRuns {
  runs: ReadonlyMap<string, RowRun>
  isRunning: boolean
  /** Works the tasks off, one after the other; what failed doesn't stop the rest. Answers the ids that failed. */
  start: (tasks: readonly RowTask[]) => Promise<string[]>
  clear: () => void
}

/** Work that is done row by row, with a result for each: nothing is half-done silently. */
export function useRowRuns(): RowRuns {
  const [runs, setRuns] = useState<ReadonlyMap<string, RowRun>>(new Map())
  const [isRunning, setIsRunning] = useState(false)
  const put = (id: string, run: RowRun): void => setRuns((before) => new Map(before).set(id, run))

  async function start(tasks: readonly RowTask[]): Promise<string[]> {
    setIsRunning(true)
    for (const { id } of tasks) put(id, { state: "waiting", words: "Waiting" })
    const failed: string[] = []
    for (const { id, run } of tasks) {
      put(id, { state: "running", words: "Working" })
      const answer = await answerOf(run)
      if (answer.state === "failed") failed.push(id)
      put(
        id,
        answer.state === "done" ? { state: "done", words: answer.result } : { state: "failed", words: answer.message },
      )
    }
    setIsRunning(false)
    return failed
  }

  return { runs, isRunning, start, clear: () => setRuns(new Map()) }
}

/** What an action answers; a connection that broke is a failure in words, since nobody knows what was done. */
export async function answerOf<Result>(act: () => Promise<FormAnswer<Result>>): Promise<FormAnswer<Result>> {
  try {
    return await act()
  } catch (error) {
    unstable_rethrow(error)
    return {
      state: "failed",
      message: "Strongroom could not be reached, so it is not known whether this was done. Look, then try again.",
    }
  }
}

const toneOf: Readonly<Record<RowRun["state"], Tone>> = {
  waiting: "neutral",
  running: "accent",
  done: "ok",
  failed: "bad",
}

/** A row for ProgressRows. What failed says why at its side. */
export function progressRow(id: string, name: string, run: RowRun | undefined, before: string): ProgressRow {
  if (run === undefined) return { id, name, tone: "neutral", state: "Waiting", note: before }
  if (run.state === "failed") return { id, name, tone: "bad", state: "Failed", note: run.words }
  return { id, name, tone: toneOf[run.state], state: run.words }
}
