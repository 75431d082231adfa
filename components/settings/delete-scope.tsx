"use client"

import type { ReactNode } from "react"
import type { ScopeDetail } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import { scopePage } from "../frame/addresses"
import { counted, listed } from "../secrets/phrases"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"

/** Deletes a scope with everything in it: nothing brings it back, so its path is typed. */
export function DeleteScope({
  path,
  kind,
  counts,
  remove,
}: {
  path: string
  kind: ScopeDetail["kind"]
  counts: ScopeDetail["counts"]
  remove: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const parent = path.split(".").slice(0, -1).join(".")
  const held = heldWords(counts)
  return (
    <Card title={`Delete this ${kind}`} padded>
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-ink-2">{held === "" ? "It is empty." : `It holds ${held}.`}</p>
        <span className="ml-auto">
          <ConfirmedAct
            action={remove}
            fields={{ scope: path, confirm: path }}
            act={{
              title: `Nothing brings ${path} back`,
              confirm: "Delete for good",
              danger: true,
              typeName: path,
              done: `${path} is deleted.`,
              leadsTo: scopePage(parent),
            }}
            trigger={<Button>Delete…</Button>}
          >
            <p>{held === "" ? "It is empty." : `What it holds is deleted with it, history included: ${held}.`}</p>
            <p>Machines that read here get nothing from then on. What happened stays in the audit log of {parent}.</p>
          </ConfirmedAct>
        </span>
      </div>
    </Card>
  )
}

/** "2 workspaces, 3 vaults and 14 secrets"; empty vaults alone are nothing. */
function heldWords({ scopes, vaults, secrets, serviceAccounts }: ScopeDetail["counts"]): string {
  const parts: [number, string][] = [
    [scopes, "workspace"],
    [vaults, "vault"],
    [secrets, "secret"],
    [serviceAccounts, "service account"],
  ]
  return listed(parts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun)))
}
