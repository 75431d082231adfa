/** What forms and actions of secrets hand each other: an address as fields, and the actions a page gives its parts. */
import type { FormAnswer } from "../ui/action-form"

export interface SecretAddress {
  scope: string
  vault: string
  name: string
}

/** The address of a secret as an action's form, with what else the act needs. */
export function addressForm(
  { scope, vault, name }: SecretAddress,
  more: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData()
  for (const [field, text] of Object.entries({ scope, vault, secret: name, ...more })) form.set(field, text)
  return form
}

export type SecretAction = (form: FormData) => Promise<FormAnswer>

/** Acts that a row of the list and a secret's own page have in common. */
export interface SecretActions {
  changeSecret: SecretAction
  moveSecret: SecretAction
  disableSecret: SecretAction
  enableSecret: SecretAction
  deleteSecret: SecretAction
  restoreSecret: SecretAction
}

/** What a write answers with: the version it made. */
export interface WriteResult {
  outcome: "written" | "unchanged" | "pending_approval" | "unknown"
  version: number
  /** The public half of a generated key pair. */
  publicKey: string | null
}

export type WriteAction = (form: FormData) => Promise<FormAnswer<WriteResult>>
