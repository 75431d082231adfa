"use client"

import type { ReactNode } from "react"
import { counted } from "../secrets/phrases"
import { Notice } from "../ui/notice"
import { type Reach, useReach } from "./use-reach"

const namesShown = 12

/** Says before it is done what a grant of reading lets a machine have. */
export function WhatBecomesReadable({
  account,
  scope,
  isWorkspace,
  vault,
  prefix,
}: {
  account: string
  scope: string
  isWorkspace: boolean
  vault: string | undefined
  prefix: string
}): ReactNode {
  const { reach, isBehind, failure } = useReach(scope, vault, prefix)
  if (failure !== undefined) return <Notice tone="warn">What becomes readable could not be looked up. {failure}</Notice>
  if (reach === undefined) return <Notice>Looking up what becomes readable…</Notice>
  const { secrets, isCut } = reach
  const beneath = isWorkspace ? "" : ", and whatever lies in the scopes beneath"
  return (
    <div role="status" aria-busy={isBehind} className={isBehind ? "opacity-60" : undefined}>
      <Notice tone="warn" title={`${account} can then read ${countWords(reach, scope)}${beneath}`}>
        {secrets.length > 0 && (
          <p className="font-mono text-small break-words">
            {secrets
              .slice(0, namesShown)
              .map(({ name }) => name)
              .join(", ")}
            {(secrets.length > namesShown || isCut) && ", …"}
          </p>
        )}
        <p className="text-ink-2">
          What is put there later becomes readable too. Your name stays on it as who granted it.
        </p>
      </Notice>
    </div>
  )
}

function countWords({ secrets, isCut }: Reach, scope: string): string {
  if (secrets.length === 0) return `nothing in ${scope} yet`
  return `${isCut ? "more than " : ""}${counted(secrets.length, "secret")} in ${scope}`
}
