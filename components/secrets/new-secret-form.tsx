"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useRef, useState } from "react"
import { secretUrl } from "@/lib/contract/names"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { ButtonLink } from "../ui/button"
import { Card } from "../ui/card"
import { Field, Input } from "../ui/field"
import { Select } from "../ui/select"
import { ValueField } from "../value-field/value-field"
import { HiddenFields } from "./hidden-fields"
import type { Choice } from "./list-view"
import { MetadataFields } from "./metadata-fields"
import { savedQuery } from "./saved"
import type { WriteResult } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"
import { type VaultReach, WhoMayRead } from "./who-may-read"

/** A new secret: its name, its value (typed or generated), and what is said of it. It never overwrites one. */
export function NewSecretForm({
  scope,
  vaults,
  workspaces,
  owners,
  start,
  create,
}: {
  scope: string
  vaults: readonly VaultReach[]
  workspaces: readonly string[]
  owners: readonly Choice[]
  start: { vault: string; name: string }
  create: (form: FormData) => Promise<FormAnswer<WriteResult>>
}): ReactNode {
  const router = useRouter()
  const changed = useSecretsChanged()
  const [vaultName, setVaultName] = useState(start.vault)
  const vault = vaults.find(({ name }) => name === vaultName)
  // The form is empty by the time its result is heard, so the address is kept from when it was sent.
  const sent = useRef({ scope, vault: start.vault, secret: start.name })

  function send(form: FormData): Promise<FormAnswer<WriteResult>> {
    sent.current = { scope, vault: textOf(form, "vault"), secret: textOf(form, "name") }
    return create(form)
  }

  return (
    <ActionForm
      label="New secret"
      action={send}
      submit="Save secret"
      submitAside={
        <ButtonLink href={`/s/${scope}`} look="quiet">
          Cancel
        </ButtonLink>
      }
      onDone={(result) => {
        changed()
        router.push(secretUrl(sent.current) + savedQuery(result))
      }}
      className="grid max-w-form gap-4"
    >
      <HiddenFields fields={{ scope }} />
      <Card padded>
        <div className="grid gap-4">
          <div className="grid gap-4 sm:grid-cols-[1fr_var(--aside)]">
            <Field label="Name" name="name" hint="Letters, digits, dots, dashes and underscores. Its case is kept.">
              <Input
                mono
                autoFocus
                autoComplete="off"
                spellCheck={false}
                autoCapitalize="off"
                placeholder="DB_PASSWORD"
                defaultValue={start.name}
                maxLength={128}
              />
            </Field>
            <Field label="Vault" name="vault">
              <Select
                value={vaultName}
                onChange={setVaultName}
                options={vaults.map(({ name, inheritable }) => ({
                  value: name,
                  label: name,
                  ...(!inheritable && { note: "private" }),
                }))}
              />
            </Field>
          </div>
          <ValueField />
          {vault !== undefined && <WhoMayRead vault={vault} workspaces={workspaces} />}
        </div>
      </Card>
      <Card title="Details" padded>
        <div className="grid gap-4">
          <MetadataFields owners={owners} />
        </div>
      </Card>
    </ActionForm>
  )
}

function textOf(form: FormData, name: string): string {
  const text = form.get(name)
  return typeof text === "string" ? text : ""
}
