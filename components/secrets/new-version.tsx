"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import { secretUrl } from "@/lib/contract/names"
import { pathOf, readApi } from "../query/read-api"
import { ActionForm } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog, type OpenState } from "../ui/dialog"
import { Field, Input } from "../ui/field"
import { ValueField } from "../value-field/value-field"
import { HiddenFields } from "./hidden-fields"
import { savedQuery } from "./saved"
import type { SecretAddress, WriteAction } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/**
 * Writes a new version on top of the one that the writer saw. Where somebody was faster, the message says who, the
 * typed value stays in the field, and the button offers to save it on top of theirs.
 */
export function NewVersion({
  address,
  currentVersion,
  write,
  open,
  onOpenChange,
}: Required<OpenState> & { address: SecretAddress; currentVersion: number | null; write: WriteAction }): ReactNode {
  const { scope, vault, name } = address
  return (
    <Dialog
      wide
      title={
        <>
          New version of <span className="font-mono">{name}</span>
        </>
      }
      open={open}
      onOpenChange={onOpenChange}
    >
      <VersionForm
        // Another person's version, seen by the page meanwhile, doesn't change what this one is based on.
        address={{ scope, vault, name }}
        currentVersion={currentVersion}
        write={write}
        onClose={() => onOpenChange(false)}
      />
    </Dialog>
  )
}

function VersionForm({
  address,
  currentVersion,
  write,
  onClose,
}: {
  address: SecretAddress
  currentVersion: number | null
  write: WriteAction
  onClose: () => void
}): ReactNode {
  const { scope, vault, name } = address
  const router = useRouter()
  const changed = useSecretsChanged()
  const [basedOn, setBasedOn] = useState(currentVersion ?? 0)
  const [wasOvertaken, setWasOvertaken] = useState(false)

  async function lookAgain(): Promise<void> {
    const found = await currentNumber(address)
    if (found === undefined || found === basedOn) return
    setBasedOn(found)
    setWasOvertaken(true)
  }

  return (
    <ActionForm
      label={`New version of ${name}`}
      action={write}
      submit={wasOvertaken ? `Save mine as version ${basedOn + 1}` : `Save version ${basedOn + 1}`}
      submitAside={
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      }
      onFailed={() => void lookAgain()}
      onDone={(result) => {
        onClose()
        changed()
        router.replace(secretUrl({ scope, vault, secret: name }) + savedQuery(result), { scroll: false })
      }}
    >
      <HiddenFields fields={{ scope, vault, secret: name, expectedVersion: String(basedOn) }} />
      <ValueField autoFocus />
      <Field label="Note" name="note" optional hint="Why, in a few words. It stays in the history.">
        <Input autoComplete="off" maxLength={1000} />
      </Field>
    </ActionForm>
  )
}

/** The number of the version that is current now; undefined when it can't be found out. */
async function currentNumber({ scope, vault, name }: SecretAddress): Promise<number | undefined> {
  try {
    const path = pathOf`/api/v1/scopes/${scope}/vaults/${vault}/secrets/${name}`
    const found = await readApi<"describeSecret">(path, {}, AbortSignal.timeout(10_000))
    return found.scope === scope ? (found.currentVersion ?? 0) : undefined
  } catch {
    // The form's own failure is said already; without this the button stays as it was.
    return undefined
  }
}
