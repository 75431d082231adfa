import type { ReactNode } from "react"

/** A sentence whose links to the backends' own documentation can be followed. It may quote a server: its words lead nowhere. */
export function LinkedWords({ text }: { text: string }): ReactNode {
  return text.split(address).map((part, index) =>
    // Every second part is what the pattern caught.
    index % 2 === 1 ? (
      <a
        key={index}
        href={part}
        target="_blank"
        rel="noreferrer"
        className="rounded-small wrap-anywhere text-accent-text underline"
      >
        {part}
      </a>
    ) : (
      part
    ),
  )
}

const address = /(https:\/\/(?:developer\.hashicorp\.com|openbao\.org)\/[^\s(),]*[^\s(),.])/
