/** What the first steps of registering let people choose: the kind, and where its credential comes from. */
import type { VaultKind } from "./vault-settings"

export const kinds: readonly { value: VaultKind; title: string; note: string }[] = [
  {
    value: "vault",
    title: "HashiCorp Vault or OpenBao",
    note: "Run by yourselves. Needs its address and a token, AppRole, Kubernetes or JWT.",
  },
  {
    value: "vault_hcp",
    title: "HCP Vault",
    note: "HashiCorp’s cloud. Needs the cluster’s address and a namespace, usually admin.",
  },
  {
    value: "vault_dev",
    title: "Vault in dev mode",
    note: "For trying things out on one machine. It forgets everything when it stops.",
  },
]

export function asKind(text: string): VaultKind {
  return kinds.find(({ value }) => value === text)?.value ?? "vault"
}

export type Way = "credential" | "bootstrap"

export const ways = [
  {
    value: "credential",
    title: "I have a credential for it",
    note: "One that may do only what Strongroom needs. The check shows the exact policy.",
  },
  {
    value: "bootstrap",
    title: "Let Strongroom make a team token",
    note: "From an admin token that is used once and forgotten.",
  },
] as const

export function asWay(text: string): Way {
  return text === "bootstrap" ? "bootstrap" : "credential"
}
