"use client"

import { type ReactNode, useState } from "react"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { HiddenFields } from "../secrets/hidden-fields"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { RadioCards } from "../ui/choices"
import { Dialog } from "../ui/dialog"
import { Field, Input } from "../ui/field"
import { Notice } from "../ui/notice"

/** Makes a vault, or changes what is said of one. Opening a private one lets machines read: it asks for the password. */
export function VaultDialog({
  scope,
  vault,
  save,
  onClose,
}: {
  scope: string
  /** Left out for a new one. */
  vault?: { name: string; description: string; inheritable: boolean }
  save: (form: FormData) => Promise<FormAnswer>
  onClose: () => void
}): ReactNode {
  const changed = useSecretsChanged()
  const withFreshSignIn = useFreshSignIn()
  const startsAs = vault === undefined || vault.inheritable ? "inherited" : "private"
  const [reach, setReach] = useState<string>(startsAs)
  return (
    <Dialog
      open
      title={vault === undefined ? `New vault at ${scope}` : `Vault ${vault.name}`}
      onOpenChange={(open) => !open && onClose()}
    >
      <ActionForm
        keep
        label={vault === undefined ? "New vault" : `Vault ${vault.name}`}
        action={(form) => withFreshSignIn(() => save(form))}
        submit={vault === undefined ? "Make the vault" : "Save the vault"}
        submitAside={
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        }
        onDone={() => {
          onClose()
          changed()
        }}
      >
        <HiddenFields fields={vault === undefined ? { scope } : { scope, vault: vault.name }} />
        {vault === undefined && (
          <Field
            label="Name"
            name="name"
            hint="Lower-case letters, digits and inner dashes. It can't be changed later."
          >
            <Input mono autoFocus autoComplete="off" spellCheck={false} autoCapitalize="off" maxLength={63} />
          </Field>
        )}
        <Field label="What it is for" name="description" optional>
          <Input autoComplete="off" maxLength={1000} defaultValue={vault?.description ?? ""} />
        </Field>
        <RadioCards
          name="reach"
          label="Who sees it"
          defaultValue={startsAs}
          onChange={setReach}
          options={[
            { value: "inherited", title: "Inherited", note: "Scopes beneath see it; their own secrets win over its." },
            { value: "private", title: "Private", note: `Only ${scope} itself sees it.` },
          ]}
        />
        {vault !== undefined && startsAs === "private" && reach === "inherited" && (
          <Notice tone="warn">Machines of the scopes beneath may come to read what is in it.</Notice>
        )}
      </ActionForm>
    </Dialog>
  )
}
