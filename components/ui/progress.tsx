import type { ReactNode } from "react"
import { Tag, type Tone } from "./tag"

/** How far something is, as a bar and in words. `parts` fill it one after the other. */
export function ProgressBar({
  label,
  parts,
  of,
}: {
  label: string
  parts: readonly { count: number; tone: "accent" | "warn" | "bad" }[]
  of: number
}): ReactNode {
  const done = parts.reduce((sum, part) => sum + part.count, 0)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={done}
      className="flex h-1.5 overflow-hidden rounded-pill bg-hover"
    >
      {parts.map(({ count, tone }) => (
        <span
          key={tone}
          style={{ width: `${of === 0 ? 0 : (100 * count) / of}%` }}
          className={{ accent: "bg-accent", warn: "bg-warn", bad: "bg-bad" }[tone]}
        />
      ))}
    </div>
  )
}

export interface ProgressRow {
  id: string
  name: string
  tone: Tone
  /** "Waiting", "Version 5 is current", "Failed". */
  state: string
  note?: string | undefined
}

/** One line per thing that is worked through, each with its own result. */
export function ProgressRows({ label, rows }: { label: string; rows: readonly ProgressRow[] }): ReactNode {
  return (
    <ul aria-label={label} className="divide-y divide-line">
      {rows.map((row) => (
        <li key={row.id} className="flex min-h-row flex-wrap items-center gap-x-3 px-4 py-1">
          <span className="min-w-0 font-mono text-small font-semibold break-all">{row.name}</span>
          {row.note !== undefined && <span className="text-ink-3">{row.note}</span>}
          <span className="ml-auto">
            <Tag tone={row.tone}>{row.state}</Tag>
          </span>
        </li>
      ))}
    </ul>
  )
}
