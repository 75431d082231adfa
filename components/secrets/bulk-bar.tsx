"use client"

import { type ReactNode, useState } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { MoveToProvider, type Moving } from "../transfers/move-to-provider"
import { Button, ButtonLink } from "../ui/button"
import { SelectionBar, useSelection } from "../ui/selection"
import { BulkDialog } from "./bulk-dialog"
import type { BulkAct } from "./bulk-plan"
import { rotateHref } from "./rotate-address"
import type { SecretActions } from "./secret-form"

/** What can be done with the chosen secrets. Each act shows first what it will do to each of them. */
export function BulkBar({
  secrets,
  from,
  moving,
  actions,
}: {
  secrets: readonly SecretSummary[]
  from: string
  /** For who may move them to another provider, where there is one. */
  moving: Moving | undefined
  actions: SecretActions
}): ReactNode {
  const { selected, select } = useSelection()
  const [kind, setKind] = useState<BulkAct["kind"]>()
  const [isMoving, setIsMoving] = useState(false)
  const chosen = secrets.filter(({ id }) => selected.includes(id))
  const living = chosen.filter(({ state }) => state === "active" || state === "disabled")
  const has = (state: SecretSummary["state"]): boolean => chosen.some((secret) => secret.state === state)
  return (
    <>
      <SelectionBar>
        {living.length > 0 && (
          <>
            <ButtonLink href={rotateHref(from, living)}>Rotate</ButtonLink>
            <Button onClick={() => setKind("category")}>Category</Button>
            <Button onClick={() => setKind("move")}>Move</Button>
            {moving !== undefined && <Button onClick={() => setIsMoving(true)}>Change provider</Button>}
          </>
        )}
        {has("active") && <Button onClick={() => setKind("disable")}>Disable</Button>}
        {has("disabled") && <Button onClick={() => setKind("enable")}>Enable</Button>}
        {living.length > 0 && <Button onClick={() => setKind("delete")}>Delete</Button>}
        {has("deleted") && <Button onClick={() => setKind("restore")}>Restore</Button>}
      </SelectionBar>
      {moving !== undefined && isMoving && (
        <MoveToProvider scope={from} secrets={chosen} moving={moving} onClose={() => setIsMoving(false)} />
      )}
      {kind !== undefined && (
        <BulkDialog
          kind={kind}
          secrets={chosen}
          actions={actions}
          onClose={(isDone) => {
            setKind(undefined)
            if (isDone) select([])
          }}
        />
      )}
    </>
  )
}
