import type { ReactNode } from "react"

/** The sign of the product: a dial. */
export function BrandMark({ className = "size-5" }: { className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 20 20" aria-hidden className={className}>
      <rect x="1" y="1" width="18" height="18" rx="5" className="fill-accent" />
      <g className="fill-none stroke-accent-ink" strokeWidth="1.7" strokeLinecap="round">
        <circle cx="10" cy="10" r="4.6" />
        <path d="M10 10 13.4 6.6" />
      </g>
    </svg>
  )
}
