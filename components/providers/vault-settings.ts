/** The settings of Vault and OpenBao as forms and pages handle them: flat texts. */
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderKind } from "@/lib/contract/words"

/** The kinds that have an address, a mount and a way to sign in. */
export type VaultKind = Extract<ProviderKind, "vault" | "vault_dev" | "vault_hcp">

export const authMethods = [
  { value: "token", label: "Token" },
  { value: "approle", label: "AppRole" },
  { value: "kubernetes", label: "Kubernetes" },
  { value: "jwt", label: "JWT" },
] as const
export type AuthMethod = (typeof authMethods)[number]["value"]

export function asMethod(text: string): AuthMethod {
  return authMethods.find(({ value }) => value === text)?.value ?? "token"
}

export function isVaultKind(kind: ProviderKind): kind is VaultKind {
  return kind === "vault" || kind === "vault_dev" || kind === "vault_hcp"
}

/** A setting as its field shows it. */
export function textOf(setting: ProviderSettings[string] | undefined): string {
  return setting === null || setting === undefined ? "" : String(setting)
}
