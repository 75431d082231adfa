"use client"

import { type ReactNode, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import { Field, Input } from "../ui/field"
import { Select } from "../ui/select"
import { AuthorityField } from "./authority-field"
import { CredentialField } from "./credential-field"
import { type AuthMethod, asMethod, authMethods, textOf, type VaultKind } from "./vault-settings"

/** Where the server is and which part of it is ours. An empty field takes what its placeholder says. */
export function AddressFields({
  kind,
  settings,
  onEdit,
}: {
  kind: VaultKind
  settings: ProviderSettings
  onEdit: () => void
}): ReactNode {
  const shown = placeholders[kind]
  return (
    <>
      <Field label="Address" name="settings.address" hint="Scheme, host and port.">
        <Input mono {...plain} defaultValue={textOf(settings.address)} placeholder={shown.address} inputMode="url" />
      </Field>
      <Field label="Namespace" name="settings.namespace" optional hint="Vault Enterprise, HCP and OpenBao have them.">
        <Input mono {...plain} defaultValue={textOf(settings.namespace)} placeholder={shown.namespace} />
      </Field>
      <Field label="Mount" name="settings.mount" optional={kind === "vault_dev"} hint="Where the KV engine is mounted.">
        <Input mono {...plain} defaultValue={textOf(settings.mount)} placeholder={shown.mount} />
      </Field>
      <Field
        label="Prefix"
        name="settings.prefix"
        optional
        hint="The part of the mount that is for these secrets alone. Strongroom never leaves it."
      >
        <Input mono {...plain} defaultValue={textOf(settings.prefix)} placeholder="payments" />
      </Field>
      <Field label="KV version" name="settings.kvVersion" hint="Version 2 keeps a history, version 1 keeps none.">
        <Select
          defaultValue={textOf(settings.kvVersion) || "detect"}
          onChange={onEdit}
          options={[
            { value: "detect", label: "Find out" },
            { value: "2", label: "Version 2" },
            { value: "1", label: "Version 1" },
          ]}
        />
      </Field>
      <AuthorityField defaultValue={textOf(settings.ca)} onEdit={onEdit} />
    </>
  )
}

const placeholders: Readonly<Record<VaultKind, { address: string; namespace: string; mount: string }>> = {
  vault: { address: "https://vault.example.com:8200", namespace: "none", mount: "kv" },
  vault_dev: { address: "http://127.0.0.1:8200", namespace: "none", mount: "secret" },
  vault_hcp: { address: "https://acme.vault.11eb.aws.hashicorp.cloud:8200", namespace: "admin", mount: "kv" },
}

/** How Strongroom signs in there. `keeps`: an empty credential keeps the one that is stored. */
export function SignInFields({
  settings,
  keeps = false,
  onEdit,
}: {
  settings: ProviderSettings
  keeps?: boolean
  onEdit: () => void
}): ReactNode {
  const [method, setMethod] = useState<AuthMethod>(() => asMethod(textOf(settings.authMethod)))
  return (
    <>
      <Field label="Sign in by" name="settings.authMethod">
        <Select
          value={method}
          onChange={(next) => {
            setMethod(asMethod(next))
            onEdit()
          }}
          options={authMethods}
        />
      </Field>
      <MethodFields method={method} settings={settings} />
      <MethodCredential method={method} keeps={keeps} />
    </>
  )
}

function MethodFields({ method, settings }: { method: AuthMethod; settings: ProviderSettings }): ReactNode {
  if (method === "token") return null
  return (
    <>
      {method === "approle" ? (
        <Field label="Role id" name="settings.roleId" hint="A name, not a secret.">
          <Input mono {...plain} defaultValue={textOf(settings.roleId)} />
        </Field>
      ) : (
        <Field
          label="Role"
          name="settings.role"
          optional={method === "jwt"}
          {...(method === "jwt" && { hint: "Empty takes the mount’s default role." })}
        >
          <Input mono {...plain} defaultValue={textOf(settings.role)} />
        </Field>
      )}
      <Field label="Auth mount" name="settings.authMount" optional hint="Where the method is enabled, beneath auth/.">
        <Input mono {...plain} defaultValue={textOf(settings.authMount)} placeholder={method} />
      </Field>
    </>
  )
}

/** The one field of a method that is secret. */
export function MethodCredential({ method, keeps }: { method: AuthMethod; keeps: boolean }): ReactNode {
  const { label, name } = credentials[method]
  const hint = keeps
    ? "Leave it empty to keep the one that is stored. Another address asks for it again."
    : "Kept sealed, never shown again."
  return <CredentialField key={method} label={label} name={name} optional={keeps} hint={hint} />
}

const credentials: Readonly<Record<AuthMethod, { label: string; name: string }>> = {
  token: { label: "Token", name: "credential.token" },
  approle: { label: "Secret id", name: "credential.secretId" },
  kubernetes: { label: "Service account token", name: "credential.jwt" },
  jwt: { label: "JWT", name: "credential.jwt" },
}

const plain = { autoComplete: "off", spellCheck: false, autoCapitalize: "off" } as const
