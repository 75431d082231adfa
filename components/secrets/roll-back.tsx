"use client"

import { type ReactNode, useState } from "react"
import type { Version } from "@/lib/contract/dto"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { Field } from "../ui/field"
import { Select } from "../ui/select"
import { useToast } from "../ui/toast"
import { dayWords, originWords } from "./phrases"
import { answerOf } from "./row-runs"
import { addressForm, type SecretAddress, type WriteAction } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/** An earlier version whose value can be made current again. */
export type EarlierVersion = Pick<Version, "number" | "origin" | "sourceVersion" | "createdAt"> & { by: string }

/** Goes back to the value of an earlier version: a new one is made from it, and the history stays as it was. */
export function RollBack({
  address,
  currentVersion,
  earlier,
  rollBack,
  onClose,
}: {
  address: SecretAddress
  currentVersion: number
  earlier: readonly EarlierVersion[]
  rollBack: WriteAction
  onClose: () => void
}): ReactNode {
  const changed = useSecretsChanged()
  const say = useToast()
  const [number, setNumber] = useState(String(earlier[0]?.number ?? ""))
  const chosen = earlier.find((version) => String(version.number) === number)

  async function perform(): Promise<string | undefined> {
    const form = addressForm(address, { version: number, expectedVersion: String(currentVersion) })
    const answer = await answerOf(() => rollBack(form))
    if (answer.state === "failed") return answer.message
    changed()
    say({
      title: `Version ${answer.result.version} of ${address.name} is current`,
      description: `Same as version ${number}.`,
    })
    return undefined
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${address.name} goes back to an earlier value`}
      confirm={`Make version ${currentVersion + 1} from version ${number}`}
      onConfirm={perform}
    >
      <Field
        label="The value of"
        hint={chosen && `${originWords(chosen)} by ${chosen.by}, ${dayWords(chosen.createdAt)}`}
      >
        <Select
          value={number}
          onChange={setNumber}
          options={earlier.map((version) => ({
            value: String(version.number),
            label: `Version ${version.number}`,
            note: `${originWords(version)} by ${version.by}, ${dayWords(version.createdAt)}`,
          }))}
        />
      </Field>
      <p>Machines get it from their next read on. Version {currentVersion} stays in the history.</p>
    </ConfirmDialog>
  )
}
