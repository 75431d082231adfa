import clsx from "clsx"
import type { ReactNode } from "react"
import { CopyButton } from "./copy-button"

/** One line for a terminal, with a button that copies it. */
export function CommandLine({ command }: { command: string }): ReactNode {
  return (
    <div className="inline-flex max-w-full items-center gap-1 rounded-control border border-line bg-side pl-3">
      <code tabIndex={0} className="overflow-x-auto py-1 whitespace-nowrap text-ink-2">
        {command}
      </code>
      <CopyButton text={command} label="Copy this command" />
    </div>
  )
}

/** Lines to paste somewhere: a policy, a snippet, a public key. */
export function CodeBlock({
  code,
  label,
  short = false,
}: {
  code: string
  label: string
  /** A long text scrolls inside of a small height. */
  short?: boolean
}): ReactNode {
  return (
    <div className="relative min-w-0">
      {/* It scrolls, so a keyboard must be able to reach it. */}
      <pre
        tabIndex={0}
        aria-label={label}
        role="region"
        className={clsx(
          "overflow-auto rounded-control border border-line bg-side py-2 pr-10 pl-3 text-small whitespace-pre text-ink-2",
          short && "max-h-64",
        )}
      >
        {code}
      </pre>
      <div className="absolute top-0.5 right-0.5 rounded-control bg-side">
        <CopyButton text={code} label={`Copy: ${label}`} />
      </div>
    </div>
  )
}
