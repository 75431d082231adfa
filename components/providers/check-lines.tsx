import { CircleCheck, CircleMinus, CircleX, Mail, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import type { CheckLine } from "@/lib/contract/dto"
import { CodeBlock } from "../ui/command-line"
import { Skeleton } from "../ui/states"
import { LinkedWords } from "./linked-words"
import { checkTitle, isLong, needsOperator, operatorMail, sharedPastes } from "./words"

/** What was tried, line by line: what was found, what to do about it, and what to paste for that. */
export function CheckLines({
  lines,
  isRunning = false,
  scope,
}: {
  lines: readonly CheckLine[]
  isRunning?: boolean
  scope: string
}): ReactNode {
  return (
    <ol aria-label="What was tried" aria-busy={isRunning || undefined} className="divide-y divide-line px-4">
      {lines.map((line) => (
        <Line key={line.id} line={line} scope={scope} />
      ))}
      {isRunning && (
        <li className="flex min-h-row items-center gap-3">
          <Skeleton className="size-4" />
          <Skeleton className="h-3 w-40" />
        </li>
      )}
      {!isRunning &&
        sharedPastes(lines).map((paste) => (
          <li key={paste} className="py-3">
            <CodeBlock code={paste} label="Policy to paste" />
          </li>
        ))}
    </ol>
  )
}

const looks = {
  passed: { Icon: CircleCheck, look: "text-ok", word: "Passed" },
  warning: { Icon: TriangleAlert, look: "text-warn", word: "To consider" },
  failed: { Icon: CircleX, look: "text-bad", word: "To mend" },
  skipped: { Icon: CircleMinus, look: "text-ink-3", word: "Not tried" },
} as const

function Line({ line, scope }: { line: CheckLine; scope: string }): ReactNode {
  const { Icon, look, word } = looks[line.state]
  const title = checkTitle(line.id)
  return (
    <li data-line={line.id} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 py-2">
      <Icon aria-hidden className={`mt-0.5 size-4 ${look}`} />
      <div className="grid gap-x-3 gap-y-1 sm:grid-cols-[var(--line-title)_minmax(0,1fr)]">
        <p className="font-semibold">
          {title}
          <span className="sr-only">: {word}.</span>
        </p>
        <div className="grid min-w-0 gap-2">
          <p className={line.state === "passed" || line.state === "skipped" ? "break-words text-ink-3" : "break-words"}>
            {line.text}
          </p>
          {line.mend !== null && (
            <p className="break-words text-ink-2">
              <LinkedWords text={line.mend} />
            </p>
          )}
          {line.paste !== null && !isLong(line.paste) && (
            <CodeBlock code={line.paste} label={`To paste for ${title}`} />
          )}
          {line.paste !== null && needsOperator(line) && (
            <a
              href={operatorMail(line.paste, scope)}
              className="inline-flex w-fit items-center gap-1 rounded-small text-accent-text underline"
            >
              <Mail aria-hidden className="size-4" />
              Send this entry to the operator
            </a>
          )}
        </div>
      </div>
    </li>
  )
}
