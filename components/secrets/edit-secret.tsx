"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useRef } from "react"
import type { SecretDetail } from "@/lib/contract/dto"
import { secretUrl } from "@/lib/contract/names"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field, Input } from "../ui/field"
import { HiddenFields } from "./hidden-fields"
import type { Choice } from "./list-view"
import { MetadataFields } from "./metadata-fields"
import type { SecretAction } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/** What the page's leaves need to know of a secret. */
export type EditableSecret = Pick<
  SecretDetail,
  | "id"
  | "scope"
  | "vault"
  | "name"
  | "state"
  | "category"
  | "description"
  | "owner"
  | "rotationDays"
  | "envName"
  | "envNameIsOwn"
  | "currentVersion"
  | "readerCount"
  | "uncovers"
>

/** Changes what is said of a secret, and its name. A rename that gives machines something new asks for the password. */
export function EditSecret({
  secret,
  owners,
  change,
  onClose,
}: {
  secret: EditableSecret
  owners: readonly Choice[]
  change: SecretAction
  onClose: () => void
}): ReactNode {
  const { scope, vault, name } = secret
  const router = useRouter()
  const changed = useSecretsChanged()
  const withFreshSignIn = useFreshSignIn()
  const sentName = useRef(name)

  function send(form: FormData): Promise<FormAnswer> {
    const typed = form.get("name")
    sentName.current = typeof typed === "string" ? typed : name
    return withFreshSignIn(() => change(form))
  }

  return (
    <Dialog
      wide
      open
      title={
        <>
          Details of <span className="font-mono">{name}</span>
        </>
      }
      onOpenChange={(open) => !open && onClose()}
    >
      <ActionForm
        keep
        label={`Details of ${name}`}
        action={send}
        submit="Save details"
        submitAside={
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        }
        onDone={() => {
          onClose()
          changed()
          if (sentName.current !== name) router.replace(secretUrl({ scope, vault, secret: sentName.current }))
        }}
      >
        <HiddenFields fields={{ scope, vault, secret: name }} />
        <Field
          label="Name"
          name="name"
          hint="Machines that ask for the old name find nothing after a rename. The history stays."
        >
          <Input
            mono
            autoFocus
            defaultValue={name}
            autoComplete="off"
            spellCheck={false}
            autoCapitalize="off"
            maxLength={128}
          />
        </Field>
        <MetadataFields
          owners={owners}
          name={name}
          said={{
            category: secret.category,
            description: secret.description,
            owner: secret.owner?.id ?? null,
            rotationDays: secret.rotationDays,
            envName: secret.envNameIsOwn ? secret.envName : null,
          }}
        />
      </ActionForm>
    </Dialog>
  )
}
