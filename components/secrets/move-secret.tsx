"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import { secretUrl } from "@/lib/contract/names"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { ActionForm } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Notice } from "../ui/notice"
import { newReadersWords } from "./bulk-plan"
import type { EditableSecret } from "./edit-secret"
import { HiddenFields } from "./hidden-fields"
import { MoveTarget, type Target } from "./move-target"
import { counted } from "./phrases"
import type { SecretAction } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/** Moves a secret with its history, after saying who may read it there. */
export function MoveSecret({
  secret,
  move,
  onClose,
}: {
  secret: EditableSecret
  move: SecretAction
  onClose: () => void
}): ReactNode {
  const { scope, vault, name } = secret
  const router = useRouter()
  const changed = useSecretsChanged()
  const withFreshSignIn = useFreshSignIn()
  const [target, setTarget] = useState<Target>()
  return (
    <Dialog
      wide
      open
      title={
        <>
          Move <span className="font-mono">{name}</span>
        </>
      }
      onOpenChange={(open) => !open && onClose()}
    >
      <ActionForm
        keep
        label={`Move ${name}`}
        action={(form) => withFreshSignIn(() => move(form))}
        submit={target === undefined ? "Move" : `Move to ${target.scope}/${target.vault}`}
        submitAside={
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        }
        onDone={() => {
          onClose()
          changed()
          if (target) router.replace(secretUrl({ scope: target.scope, vault: target.vault, secret: name }))
        }}
      >
        <HiddenFields fields={{ scope, vault, secret: name }} />
        <MoveTarget from={{ scope, vault }} onChange={setTarget} />
        {target && <MovePreview secret={secret} target={target} />}
      </ActionForm>
    </Dialog>
  )
}

/** A scope above, and an inherited vault of the same name: who found it before finds it there. */
function staysInSight({ scope, vault }: EditableSecret, target: Target): boolean {
  return scope.startsWith(`${target.scope}.`) && vault === target.vault && target.workspacesBeneath > 0
}

function MovePreview({ secret, target }: { secret: EditableSecret; target: Target }): ReactNode {
  const { scope, vault, name, readerCount, uncovers } = secret
  const isWider = (target.readableBy ?? 0) > readerCount || target.workspacesBeneath > 0
  return (
    <Notice tone={isWider ? "warn" : "neutral"} title={`From ${scope}/${vault} to ${target.scope}/${target.vault}`}>
      {newReadersWords(target.readableBy, readerCount)}
      {target.workspacesBeneath > 0 && ` ${counted(target.workspacesBeneath, "workspace")} will see it there.`}{" "}
      {staysInSight(secret, target)
        ? `${scope} inherits it from there, under the same name.`
        : uncovers === null
          ? `Machines that read ${scope}/${vault}/${name} find nothing there afterwards.`
          : `Machines in ${scope} then get ${uncovers.scope}'s ${name}.`}
    </Notice>
  )
}
