"use client"

import clsx from "clsx"
import { ChevronRight } from "lucide-react"
import type { ReactNode } from "react"
import type { Environment } from "@/lib/contract/words"
import { Link } from "../ui/link"
import { scopePage } from "./addresses"
import { useFoldedScopes } from "./folded-scopes"

/** A scope as the frame shows it; `scopeNode` of the contract has these fields and more. */
export interface FrameScope {
  /** `acme.payments.prod` */
  path: string
  name: string
  environment: Environment | null
  secretCount: number
  /** False for one that is there only because something beneath it is seen. */
  visible: boolean
}

/** The organization, its teams and their workspaces. What is folded stays folded, in this browser. */
export function ScopeTree({
  scopes,
  current,
}: {
  scopes: readonly FrameScope[]
  current: string | undefined
}): ReactNode {
  const [folded, fold] = useFoldedScopes()
  const roots = scopes.filter((scope) => !scopes.some((other) => isParent(other.path, scope.path)))
  return <Branch scopes={scopes} here={roots} current={current} folded={folded} onFold={fold} depth={0} />
}

function Branch({
  scopes,
  here,
  current,
  folded,
  onFold,
  depth,
}: {
  scopes: readonly FrameScope[]
  here: readonly FrameScope[]
  current: string | undefined
  folded: ReadonlySet<string>
  onFold: (path: string, isFolded: boolean) => void
  depth: number
}): ReactNode {
  return (
    <ul className="grid gap-px">
      {here.map((scope) => {
        const beneath = scopes.filter((other) => isParent(scope.path, other.path))
        const isFolded = folded.has(scope.path)
        return (
          <li key={scope.path} className="grid gap-px">
            <div className={clsx("group relative flex items-center", ["", "pl-4", "pl-8"][depth])}>
              {beneath.length > 0 ? (
                <button
                  type="button"
                  aria-expanded={!isFolded}
                  aria-label={`Scopes in ${scope.name}`}
                  onClick={() => onFold(scope.path, !isFolded)}
                  className="grid size-6 shrink-0 place-items-center rounded-small text-ink-3 hover:bg-hover hover:text-ink"
                >
                  <ChevronRight
                    aria-hidden
                    className={clsx("size-3.5 transition-transform duration-100", !isFolded && "rotate-90")}
                  />
                </button>
              ) : (
                <span className="w-6 shrink-0" />
              )}
              <ScopeLink scope={scope} isCurrent={scope.path === current} />
            </div>
            {beneath.length > 0 && !isFolded && (
              <Branch
                scopes={scopes}
                here={beneath}
                current={current}
                folded={folded}
                onFold={onFold}
                depth={depth + 1}
              />
            )}
          </li>
        )
      })}
    </ul>
  )
}

function ScopeLink({ scope, isCurrent }: { scope: FrameScope; isCurrent: boolean }): ReactNode {
  if (!scope.visible) return <span className="flex h-7 min-w-0 flex-1 items-center px-1 text-ink-3">{scope.name}</span>
  return (
    <Link
      href={scopePage(scope.path)}
      aria-current={isCurrent ? "true" : undefined}
      className={clsx(
        "flex h-7 min-w-0 flex-1 items-center gap-2 rounded-control px-1",
        isCurrent ? "bg-accent-soft font-medium text-accent-text" : "text-ink-2 hover:bg-hover",
      )}
    >
      <span className="truncate">{scope.name}</span>
      <span className={clsx("ml-auto pr-1 text-tiny tabular-nums", !isCurrent && "text-ink-3")}>
        {scope.secretCount.toLocaleString("en")}
        <span className="sr-only"> secrets</span>
      </span>
    </Link>
  )
}

/** True where `path` is directly beneath `parent`. */
function isParent(parent: string, path: string): boolean {
  return path.startsWith(`${parent}.`) && !path.slice(parent.length + 1).includes(".")
}
