"use client"

import clsx from "clsx"
import { ChevronRight } from "lucide-react"
import { type ReactNode, useMemo } from "react"
import type { Environment } from "@/lib/contract/words"
import { Link } from "../ui/link"
import { scopePage } from "./addresses"
import { type FoldedScopes, useFoldedScopes } from "./folded-scopes"

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

/** A tree of more scopes than this begins with its teams folded, but for the one that is looked at. */
const fewScopes = 60

/** The organization, its teams and their workspaces. What is folded stays folded, in this browser. */
export function ScopeTree({
  scopes,
  current,
}: {
  scopes: readonly FrameScope[]
  current: string | undefined
}): ReactNode {
  const folded = useFoldedScopes()
  const { roots, beneath } = useMemo(() => treeOf(scopes), [scopes])
  const isLarge = scopes.length > fewScopes
  return <Branch here={roots} beneath={beneath} current={current} isLarge={isLarge} folded={folded} depth={0} />
}

/** The scopes directly beneath each, and those that have none above them here. */
function treeOf(scopes: readonly FrameScope[]): {
  roots: readonly FrameScope[]
  beneath: ReadonlyMap<string, readonly FrameScope[]>
} {
  const paths = new Set(scopes.map(({ path }) => path))
  const roots = scopes.filter(({ path }) => !paths.has(pathAbove(path)))
  return { roots, beneath: Map.groupBy(scopes, ({ path }) => pathAbove(path)) }
}

/** `acme.payments` for `acme.payments.prod`, and "" for an organization. */
function pathAbove(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")))
}

function Branch({
  here,
  beneath: tree,
  current,
  isLarge,
  folded,
  depth,
}: {
  here: readonly FrameScope[]
  beneath: ReadonlyMap<string, readonly FrameScope[]>
  current: string | undefined
  isLarge: boolean
  folded: FoldedScopes
  depth: number
}): ReactNode {
  return (
    <ul className="grid gap-px">
      {here.map((scope) => {
        const beneath = tree.get(scope.path) ?? []
        const isElsewhere = current !== scope.path && current?.startsWith(`${scope.path}.`) !== true
        const isFolded = folded.isFolded(scope.path, isLarge && depth > 0 && isElsewhere)
        return (
          <li key={scope.path} className="grid gap-px">
            <div className={clsx("group relative flex items-center", ["", "pl-4", "pl-8"][depth])}>
              {beneath.length > 0 ? (
                <button
                  type="button"
                  aria-expanded={!isFolded}
                  aria-label={`Scopes in ${scope.name}`}
                  onClick={() => folded.fold(scope.path, !isFolded)}
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
                here={beneath}
                beneath={tree}
                current={current}
                isLarge={isLarge}
                folded={folded}
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
