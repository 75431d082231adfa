"use client"

import clsx from "clsx"
import { usePathname } from "next/navigation"
import { Fragment, type ReactNode, useEffect, useSyncExternalStore } from "react"
import { Link } from "../ui/link"
import { Tag, type Tone } from "../ui/tag"
import { approvalPage, type Place, providerPage, scopePage, sections, transferPage, vaultPage } from "./addresses"
import type { FrameScope } from "./scope-tree"

interface Crumb {
  label: string
  href?: string
  mono?: boolean
}

const tones: Record<NonNullable<FrameScope["environment"]>, Tone> = {
  development: "neutral",
  staging: "neutral",
  production: "accent",
}

/** Where this page is: the scope, each part a link, its environment, and what of it is open. */
export function Crumbs({ scopes, place }: { scopes: readonly FrameScope[]; place: Place | undefined }): ReactNode {
  const pathname = usePathname()
  const own = useSyncExternalStore(
    subscribe,
    () => ownLabel,
    () => undefined,
  )
  const label = own?.pathname === pathname ? own.label : undefined
  const crumbs = place ? crumbsOf(place, scopes, label) : [{ label: label ?? "Your account" }]
  const environment = scopes.find((scope) => scope.path === place?.scope)?.environment
  return (
    <nav aria-label="Where this is" className="flex min-w-0 items-center gap-2 overflow-hidden">
      <ol className="flex min-w-0 items-center gap-2 text-ink-3">
        {crumbs.map((crumb, index) => {
          const isLast = index === crumbs.length - 1
          return (
            <Fragment key={`${index} ${crumb.label}`}>
              {index > 0 && (
                <li aria-hidden className={clsx(!isLast && "max-sm:hidden")}>
                  /
                </li>
              )}
              <li className={clsx("min-w-0 truncate", !isLast && index !== crumbs.length - 2 && "max-sm:hidden")}>
                <CrumbWords crumb={crumb} isLast={isLast} />
              </li>
            </Fragment>
          )
        })}
      </ol>
      {environment && (
        <span className="max-sm:hidden">
          <Tag tone={tones[environment]}>{environment}</Tag>
        </span>
      )}
    </nav>
  )
}

function CrumbWords({ crumb, isLast }: { crumb: Crumb; isLast: boolean }): ReactNode {
  const look = clsx("rounded-small", crumb.mono && "font-mono text-small")
  if (isLast || crumb.href === undefined)
    return (
      <span aria-current={isLast ? "page" : undefined} className={clsx(look, isLast && "font-semibold text-ink")}>
        {crumb.label}
      </span>
    )
  return (
    <Link href={crumb.href} className={clsx(look, "hover:text-ink")}>
      {crumb.label}
    </Link>
  )
}

function crumbsOf(place: Place, scopes: readonly FrameScope[], ownName: string | undefined): Crumb[] {
  const slugs = place.scope.split(".")
  const scopeCrumbs = slugs.map((slug, index): Crumb => {
    const path = slugs.slice(0, index + 1).join(".")
    const scope = scopes.find((one) => one.path === path)
    return { label: scope?.name ?? slug, ...(scope?.visible && { href: scopePage(path) }) }
  })
  const rest = place.rest.map((part, index): Crumb => {
    const isOwn = index === place.rest.length - 1 && ownName !== undefined
    if (isOwn) return { label: ownName }
    if (place.section === "secrets") return secretCrumb(place, part, index)
    // Its settings and what is adopted from it lie beneath a provider.
    if (place.section === "providers" && index === 0) {
      return { label: part, href: providerPage(place.scope, part), mono: true }
    }
    if (place.section === undefined && index === 0 && place.rest.length > 1) return unlisted(place.scope, part)
    return { label: place.section === "providers" ? sentenceCase(part) : part }
  })
  const section = sections.find(({ id }) => id === place.section)
  if (section === undefined || section.id === "secrets") return [...scopeCrumbs, ...rest]
  return [...scopeCrumbs, { label: section.label, href: scopePage(place.scope, section.id) }, ...rest]
}

/** A page that the rail doesn't list, above one of its things. */
function unlisted(scope: string, part: string): Crumb {
  if (part === "approvals") return { label: "Requests", href: approvalPage(scope) }
  return part === "transfers" ? { label: "Moves", href: transferPage(scope) } : { label: part }
}

function sentenceCase(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1)
}

function secretCrumb(place: Place, part: string, index: number): Crumb {
  return index === 0 ? { label: part, href: vaultPage(place.scope, part) } : { label: part, mono: true }
}

let ownLabel: { pathname: string; label: string } | undefined
const subscribers = new Set<() => void>()

/** Names the breadcrumb's last part, where the address has an id or nothing to show: a person's name, "Import". */
export function CrumbTitle({ children: label }: { children: string }): ReactNode {
  const pathname = usePathname()
  useEffect(() => {
    ownLabel = { pathname, label }
    for (const notify of subscribers) notify()
  }, [pathname, label])
  return null
}

function subscribe(notify: () => void): () => void {
  subscribers.add(notify)
  return () => subscribers.delete(notify)
}
