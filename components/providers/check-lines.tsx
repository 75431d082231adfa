import { CircleCheck, CircleMinus, CircleX, Mail, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import type { CheckLine } from "@/lib/contract/dto"
import { counted } from "../secrets/phrases"
import { CodeBlock } from "../ui/command-line"
import { Skeleton } from "../ui/states"
import { LinkedWords } from "./linked-words"
import { checkTitle, groupedLines, isLong, needsOperator, operatorMail, sharedPastes } from "./words"

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
  if (isRunning) {
    return (
      <ol aria-label="What was tried" aria-busy className="divide-y divide-line px-4">
        {lines.map((line) => (
          <Line key={line.id} line={line} scope={scope} />
        ))}
        <li className="flex min-h-row items-center gap-3">
          <Skeleton className="size-4" />
          <Skeleton className="h-3 w-40" />
        </li>
      </ol>
    )
  }
  const { single, rights, untried } = groupedLines(lines)
  return (
    <ol aria-label="What was tried" className="divide-y divide-line px-4">
      {single.map((line) => (
        <Line key={line.id} line={line} scope={scope} />
      ))}
      <Folded
        lines={rights}
        words={`${counted(rights.length, "right")} that it needs ${isOrAre(rights)} there`}
        scope={scope}
      />
      <Folded lines={untried} words={`${counted(untried.length, "thing")} couldn’t be tried`} scope={scope} />
      {sharedPastes(lines).map((paste) => (
        <li key={paste} className="grid gap-2 py-3">
          <p className="font-semibold">The policy to give it</p>
          <CodeBlock short code={paste} label="The policy to give it" />
        </li>
      ))}
    </ol>
  )
}

function isOrAre({ length }: readonly unknown[]): string {
  return length === 1 ? "is" : "are"
}

/** Lines that nothing has to be done about, as one that opens. */
function Folded({ lines, words, scope }: { lines: readonly CheckLine[]; words: string; scope: string }): ReactNode {
  if (lines.length === 0) return null
  return (
    <li>
      <details>
        <summary className="w-fit rounded-small py-2 text-ink-2">{words}</summary>
        <ol aria-label={words} className="divide-y divide-line border-t border-line">
          {lines.map((line) => (
            <Line key={line.id} line={line} scope={scope} />
          ))}
        </ol>
      </details>
    </li>
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
      <div className="grid grid-cols-1 gap-x-3 gap-y-1 sm:grid-cols-[var(--line-title)_minmax(0,1fr)]">
        <p className="font-semibold">
          {title}
          <span className="sr-only">: {word}.</span>
        </p>
        <div className="grid min-w-0 grid-cols-1 gap-2">
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
