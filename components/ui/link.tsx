import NextLink from "next/link"
import type { ComponentProps, ReactNode } from "react"

/**
 * A link within the console. It is fetched when it is followed, not when it comes in sight: each page is rendered for
 * the person who asks, by calls of the API that leave audit events, and nobody asked yet.
 */
export function Link({ prefetch = false, ...rest }: ComponentProps<typeof NextLink>): ReactNode {
  return <NextLink prefetch={prefetch} {...rest} />
}
