"use client"

import type { ReactNode } from "react"
import type { Version } from "@/lib/contract/dto"
import type { FormAnswer } from "../ui/action-form"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { useToast } from "../ui/toast"
import { answerOf } from "./row-runs"
import { addressForm, type SecretAction, type SecretAddress, type WriteAction } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

export type VersionAct = "makeCurrent" | "disable" | "enable" | "delete" | "restore" | "destroy"

export interface VersionActions {
  rollBack: WriteAction
  disableVersion: SecretAction
  enableVersion: SecretAction
  deleteVersion: SecretAction
  restoreVersion: SecretAction
  destroyVersion: SecretAction
}

/** Asks before an act on a version, with its consequence as the title. */
export function VersionDialog({
  act,
  version,
  address,
  currentVersion,
  actions,
  onClose,
}: {
  act: VersionAct
  version: Version
  address: SecretAddress
  currentVersion: number | null
  actions: VersionActions
  onClose: () => void
}): ReactNode {
  const changed = useSecretsChanged()
  const say = useToast()
  const { number } = version

  async function perform(): Promise<string | undefined> {
    const form = addressForm(address, {
      version: String(number),
      confirm: address.name,
      ...(currentVersion !== null && { expectedVersion: String(currentVersion) }),
    })
    const answer = await answerOf((): Promise<FormAnswer<unknown>> => actionOf(act, actions)(form))
    if (answer.state === "failed") return answer.message
    changed()
    say({ title: doneWords(act, number, address.name) })
    return undefined
  }

  const words = wordsOf(act, version, address, currentVersion)
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={words.title}
      confirm={words.verb}
      danger={act === "destroy" || act === "disable" || act === "delete"}
      {...(act === "destroy" && { typeName: address.name })}
      onConfirm={perform}
    >
      <p>{words.consequence}</p>
    </ConfirmDialog>
  )
}

function doneWords(act: VersionAct, number: number, name: string): string {
  switch (act) {
    case "makeCurrent":
      return `${name} is back at the value of version ${number}`
    case "disable":
      return `Version ${number} of ${name} is disabled`
    case "enable":
      return `Version ${number} of ${name} is enabled`
    case "delete":
      return `Version ${number} of ${name} is deleted`
    case "restore":
      return `Version ${number} of ${name} is back`
    case "destroy":
      return `Version ${number} of ${name} is destroyed`
  }
}

function actionOf(act: VersionAct, actions: VersionActions): (form: FormData) => Promise<FormAnswer<unknown>> {
  switch (act) {
    case "makeCurrent":
      return actions.rollBack
    case "disable":
      return actions.disableVersion
    case "enable":
      return actions.enableVersion
    case "delete":
      return actions.deleteVersion
    case "restore":
      return actions.restoreVersion
    case "destroy":
      return actions.destroyVersion
  }
}

function wordsOf(
  act: VersionAct,
  { number, isCurrent }: Version,
  { name }: SecretAddress,
  currentVersion: number | null,
): { title: string; verb: string; consequence: string } {
  const next = (currentVersion ?? 0) + 1
  switch (act) {
    case "makeCurrent":
      return {
        title: `${name} goes back to the value of version ${number}`,
        verb: `Make version ${next} from version ${number}`,
        consequence: `Machines get it from their next read on. Version ${currentVersion ?? 0} stays in the history.`,
      }
    case "disable":
      return {
        title: isCurrent ? `Machines stop getting ${name}` : `Reads of version ${number} fail`,
        verb: `Disable version ${number}`,
        consequence: "Every read of this version fails until it is enabled again. Its value is kept.",
      }
    case "enable":
      return {
        title: `Machines can read version ${number} of ${name} again`,
        verb: `Enable version ${number}`,
        consequence: isCurrent
          ? "They get it from their next read on."
          : "Only those that ask for this version by its number get it.",
      }
    case "delete":
      return {
        title: isCurrent ? `Machines stop getting ${name}` : `Reads of version ${number} fail`,
        verb: `Delete version ${number}`,
        consequence: "It is deleted where it is kept. It can be brought back, until its backend forgets it.",
      }
    case "restore":
      return {
        title: `Machines can read version ${number} of ${name} again`,
        verb: `Restore version ${number}`,
        consequence: "It is brought back where it is kept.",
      }
    case "destroy":
      return {
        title: `Nothing brings version ${number} back`,
        verb: `Destroy version ${number}`,
        consequence: "Its value is destroyed. That it was there, who wrote it and when stay in the history.",
      }
  }
}
