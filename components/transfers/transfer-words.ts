/** What is said of a move between providers and of each secret in it. */
import type { Transfer, TransferItem } from "@/lib/contract/dto"
import type { TransferItemState, TransferState } from "@/lib/contract/words"
import type { ProgressRow } from "../ui/progress"
import type { Tone } from "../ui/tag"

export const transferStateWords: Readonly<Record<TransferState, { words: string; tone: Tone }>> = {
  running: { words: "Moving", tone: "accent" },
  paused: { words: "Paused", tone: "warn" },
  done: { words: "Done", tone: "ok" },
  failed: { words: "Some failed", tone: "bad" },
}

const itemWords: Readonly<Record<TransferItemState, { words: string; tone: Tone }>> = {
  waiting: { words: "Waiting", tone: "neutral" },
  copying: { words: "Copying", tone: "accent" },
  switched: { words: "Served from there", tone: "accent" },
  done: { words: "Moved", tone: "ok" },
  skipped: { words: "Left as it is", tone: "neutral" },
  failed: { words: "Failed", tone: "bad" },
}

export function itemRow({ secret, vault, name, state, problem }: TransferItem): ProgressRow {
  const { words, tone } = itemWords[state]
  return { id: secret, name: `${vault}/${name}`, tone, state: words, ...(problem !== null && { note: problem }) }
}

/** "12 of 14 moved, 1 failed" */
export function progressWords({ total, finished, failed }: Pick<Transfer, "total" | "finished" | "failed">): string {
  const moved = `${finished.toLocaleString("en")} of ${total.toLocaleString("en")} moved`
  return failed === 0 ? moved : `${moved}, ${failed.toLocaleString("en")} failed`
}
