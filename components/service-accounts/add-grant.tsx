"use client"

import { type ReactNode, useState } from "react"
import type { ScopeKind } from "@/lib/contract/words"
import { ActDialog } from "../acts/act-dialog"
import { usePressed } from "../acts/use-pressed"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { RadioCards } from "../ui/choices"
import { Field, Input } from "../ui/field"
import { Combobox, Select } from "../ui/select"
import type { AccountAddress } from "./grant-list"
import { useVaultNames } from "./use-reach"
import { WhatBecomesReadable } from "./what-becomes-readable"

export interface GrantScope {
  path: string
  kind: ScopeKind
}

/** Lets an account read or write. What becomes readable is said before it is done. */
export function AddGrant({
  account,
  scopes,
  isFirst,
  grant,
}: {
  account: AccountAddress
  scopes: readonly GrantScope[]
  /** Nothing was granted yet, so this is the next step. */
  isFirst: boolean
  grant: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  usePressed("grant", `Grant ${account.name} access`)
  return (
    <ActDialog
      wide
      title={`Grant ${account.name} access`}
      description="What it may do holds from its next request on, until you revoke it."
      trigger={
        <Button id="grant" small look={isFirst ? "primary" : "default"} shortcut="g" shortcutLabel="Grant access">
          Grant access
        </Button>
      }
      action={grant}
      fields={{ scope: account.scope, account: account.name }}
      submit="Grant"
      done="The grant holds from now on."
    >
      <GrantFields account={account} scopes={scopes} />
    </ActDialog>
  )
}

function GrantFields({ account, scopes }: { account: AccountAddress; scopes: readonly GrantScope[] }): ReactNode {
  const [scope, setScope] = useState(account.scope)
  const [vault, setVault] = useState("")
  const [prefix, setPrefix] = useState("")
  const [access, setAccess] = useState("read")
  const vaults = useVaultNames(scope)
  const kind = scopes.find(({ path }) => path === scope)?.kind ?? "workspace"
  return (
    <>
      <RadioCards
        name="access"
        label="Access"
        defaultValue="read"
        onChange={setAccess}
        options={[
          {
            value: "read",
            title: "Read",
            note: "It gets values. This is delegation: each secret says who granted it.",
          },
          { value: "write", title: "Write", note: "It puts new versions in, and reads nothing." },
        ]}
      />
      <Field label="Scope" name="grantScope" hint="There and in everything beneath.">
        <Combobox
          defaultValue={scope}
          onChange={setScope}
          options={scopes.map(({ path }) => ({ value: path, label: path }))}
          empty="A grant lies at the account's own scope or beneath it."
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Vault" name="vault">
          <Select
            value={vaults.includes(vault) ? vault : ""}
            placeholder="Every vault"
            onChange={setVault}
            options={[{ value: "", label: "Every vault" }, ...vaults.map((name) => ({ value: name, label: name }))]}
          />
        </Field>
        <Field label="Names that begin with" name="prefix" optional>
          <Input
            mono
            value={prefix}
            onChange={(event) => setPrefix(event.currentTarget.value)}
            placeholder="DB_"
            autoComplete="off"
            spellCheck={false}
            autoCapitalize="off"
            maxLength={128}
          />
        </Field>
      </div>
      {access === "read" && (
        <WhatBecomesReadable
          account={account.name}
          scope={scope}
          isWorkspace={kind === "workspace"}
          vault={vaults.includes(vault) ? vault : undefined}
          prefix={prefix}
        />
      )}
    </>
  )
}
