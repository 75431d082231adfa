"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import type { FormAnswer } from "../ui/action-form"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { useToast } from "../ui/toast"
import type { EditableSecret } from "./edit-secret"
import { readersWords, restorableUntil, uncoveredWords } from "./phrases"
import { answerOf } from "./row-runs"
import { addressForm } from "./secret-form"
import type { SecretPageActions } from "./secret-head"
import { useSecretsChanged } from "./use-secret-pages"

export type SecretAct = "disable" | "enable" | "delete" | "restore" | "destroy"

/** Asks before an act on a whole secret, with its consequence as the title. */
export function SecretDialog({
  act,
  secret,
  actions,
  onClose,
}: {
  act: SecretAct
  secret: EditableSecret
  actions: SecretPageActions
  onClose: () => void
}): ReactNode {
  const router = useRouter()
  const changed = useSecretsChanged()
  const say = useToast()

  async function perform(): Promise<string | undefined> {
    const form = addressForm(secret, { confirm: secret.name })
    const answer = await answerOf((): Promise<FormAnswer> => actions[actionNames[act]](form))
    if (answer.state === "failed") return answer.message
    changed()
    say({ title: doneWords(act, secret.name), ...(act === "delete" && { action: { label: "Restore", run: restore } }) })
    // A destroyed secret has no page any more, and a deleted one's address may mean a wider scope's.
    if (act === "destroy" || act === "delete") router.push(`/s/${secret.scope}`)
    return undefined
  }

  function restore(): void {
    void answerOf(() => actions.restoreSecret(addressForm(secret))).then((answer) => {
      say(
        answer.state === "done" ? { title: doneWords("restore", secret.name) } : { title: answer.message, tone: "bad" },
      )
      changed()
    })
  }

  const { title, verb, consequences } = wordsOf(act, secret)
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      confirm={verb}
      danger={act !== "enable" && act !== "restore"}
      {...(act === "destroy" && { typeName: secret.name })}
      onConfirm={perform}
    >
      {consequences.map((words) => (
        <p key={words}>{words}</p>
      ))}
    </ConfirmDialog>
  )
}

function doneWords(act: SecretAct, name: string): string {
  switch (act) {
    case "disable":
      return `${name} is disabled`
    case "enable":
      return `${name} is enabled`
    case "delete":
      return `${name} is deleted, and can be restored until ${restorableUntil()}`
    case "restore":
      return `${name} is back`
    case "destroy":
      return `${name} is destroyed`
  }
}

const actionNames = {
  disable: "disableSecret",
  enable: "enableSecret",
  delete: "deleteSecret",
  restore: "restoreSecret",
  destroy: "destroySecret",
} as const satisfies Record<SecretAct, keyof SecretPageActions>

function wordsOf(act: SecretAct, secret: EditableSecret): { title: string; verb: string; consequences: string[] } {
  const { name, scope, readerCount } = secret
  const readers = readersWords(readerCount)
  switch (act) {
    case "disable":
      return {
        title: `Machines in ${scope} stop getting ${name}`,
        verb: "Disable",
        consequences: [
          `Every read fails until it is enabled again. ${readers}`,
          "A wider scope's value doesn't take its place.",
        ],
      }
    case "enable":
      return { title: `Machines in ${scope} get ${name} again`, verb: "Enable", consequences: [readers] }
    case "delete":
      return {
        title: `${name} can be restored until ${restorableUntil()}, then it is destroyed`,
        verb: `Delete until ${restorableUntil()}`,
        consequences: [uncoveredWords(secret), readers],
      }
    case "restore":
      return {
        title: `Machines in ${scope} get ${name} again`,
        verb: "Restore",
        consequences: ["It comes back with its history, in the version that was current."],
      }
    case "destroy":
      return {
        title: `Nothing brings ${name} back`,
        verb: "Destroy for good",
        consequences: ["Every version is destroyed, and the name becomes free.", uncoveredWords(secret), readers],
      }
  }
}
