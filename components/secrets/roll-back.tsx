"use client"

import { useState, type ReactNode } from "react"
import type { Version } from "@/lib/contract/dto"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { Field } from "../ui/field"
import { Select } from "../ui/select"
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
  const [number, setNumber] = useState(String(earlier[0]?.number ?? ""))

  async function perform(): Promise<string | undefined> {
    const form = addressForm(address, { version: number, expectedVersion: String(currentVersion) })
    const answer = await answerOf(() => rollBack(form))
    if (answer.state === "failed") return answer.message
    changed()
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
      <Field label="The value of">
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
