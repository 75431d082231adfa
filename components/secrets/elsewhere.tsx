"use client"

import { type ReactNode, useState } from "react"
import { secretUrl } from "@/lib/contract/names"
import { Button, ButtonLink } from "../ui/button"
import { Notice } from "../ui/notice"
import { dayWords } from "./phrases"
import { answerOf } from "./row-runs"
import { addressForm, type SecretAction, type SecretAddress } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/** The page shows a wider scope's secret: it is changed there, or overridden here. */
export function InheritedFrom({
  at,
  secret: { scope, vault, name },
  mayOverride,
}: {
  at: string
  secret: SecretAddress
  mayOverride: boolean
}): ReactNode {
  const override = `/s/${at}/new?${new URLSearchParams({ vault, name })}`
  return (
    <Notice
      title={`${at} inherits this from ${scope}`}
      action={
        <div className="flex flex-wrap justify-end gap-2">
          {mayOverride && (
            <ButtonLink small href={override}>
              Override it here
            </ButtonLink>
          )}
          <ButtonLink small href={secretUrl({ scope, vault, secret: name })}>
            Open it at {scope}
          </ButtonLink>
        </div>
      }
    >
      It is changed where it is defined. A secret of the same name at {at} would win over it.
    </Notice>
  )
}

/** A deleted secret of the same name, that could come back. */
export function DeletedHere({
  secret,
  purgeAfter,
  mayRestore,
  restore,
}: {
  secret: SecretAddress
  purgeAfter: string | null
  mayRestore: boolean
  restore: SecretAction
}): ReactNode {
  const changed = useSecretsChanged()
  const [fault, setFault] = useState<string>()
  const [isPending, setIsPending] = useState(false)

  async function bringBack(): Promise<void> {
    setIsPending(true)
    const answer = await answerOf(() => restore(addressForm(secret)))
    setIsPending(false)
    setFault(answer.state === "failed" ? answer.message : undefined)
    if (answer.state === "done") changed()
  }

  return (
    <Notice
      tone={fault === undefined ? "warn" : "bad"}
      title={`${secret.scope}'s own ${secret.name} is deleted`}
      action={
        mayRestore && (
          <Button small pending={isPending} onClick={() => void bringBack()}>
            Restore
          </Button>
        )
      }
    >
      {fault ?? (purgeAfter === null ? "It can be restored." : `It can be restored until ${dayWords(purgeAfter)}.`)}
    </Notice>
  )
}
