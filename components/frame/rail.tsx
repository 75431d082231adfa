import clsx from "clsx"
import { Boxes, KeyRound, type LucideIcon, ScrollText, Server, Settings2, Users } from "lucide-react"
import type { ReactNode } from "react"
import { Link } from "../ui/link"
import { AccountMenu } from "./account-menu"
import { type Place, type SectionId, scopePage, sections } from "./addresses"
import { BrandMark } from "./brand-mark"
import type { FramePerson } from "./frame"
import { type FrameScope, ScopeTree } from "./scope-tree"

const icons: Record<SectionId, LucideIcon> = {
  secrets: KeyRound,
  providers: Server,
  "service-accounts": Boxes,
  people: Users,
  audit: ScrollText,
  settings: Settings2,
}

/** Scopes as a tree, and beneath it the parts of the chosen one. */
export function Rail({
  scopes,
  place,
  person,
  signOut,
}: {
  scopes: readonly FrameScope[]
  place: Place | undefined
  person: FramePerson
  signOut: (form: FormData) => Promise<void>
}): ReactNode {
  const scope = place?.scope ?? scopes.find((one) => one.visible)?.path
  return (
    <div className="flex h-full flex-col gap-4 overflow-y-auto px-3 py-3">
      <Link href="/" className="flex w-fit items-center gap-2 rounded-control px-2 py-1 font-bold">
        <BrandMark />
        Strongroom
      </Link>
      <nav aria-label="Scopes">
        <ScopeTree scopes={scopes} current={place?.scope} />
      </nav>
      {scope !== undefined && (
        <nav aria-label="Pages of this scope" className="grid gap-px border-t border-line pt-3">
          {sections.map(({ id, label }) => (
            <SectionLink
              key={id}
              href={scopePage(scope, id)}
              label={label}
              icon={icons[id]}
              isCurrent={place?.section === id}
            />
          ))}
        </nav>
      )}
      <div className="mt-auto">
        <AccountMenu person={person} signOut={signOut} />
      </div>
    </div>
  )
}

function SectionLink({
  href,
  label,
  icon: Icon,
  isCurrent,
}: {
  href: string
  label: string
  icon: LucideIcon
  isCurrent: boolean
}): ReactNode {
  return (
    <Link
      href={href}
      aria-current={isCurrent ? "page" : undefined}
      className={clsx(
        "flex h-7 items-center gap-2 rounded-control px-2",
        isCurrent ? "bg-hover font-semibold text-ink" : "text-ink-2 hover:bg-hover",
      )}
    >
      <Icon aria-hidden className="size-3.5" />
      {label}
    </Link>
  )
}
