import type { ReactNode } from "react"
import { Notice } from "../ui/notice"
import { counted, listed } from "./phrases"

/** A vault that a secret may be put into, and who comes to read what is in it. */
export interface VaultReach {
  name: string
  inheritable: boolean
  readableBy: number
  workspacesBeneath: number
}

/** Says, before a secret is saved, which workspaces' machines may come to read it. */
export function WhoMayRead({
  vault,
  workspaces,
}: {
  vault: VaultReach
  /** Paths of the workspaces beneath the scope; none at a workspace. */
  workspaces: readonly string[]
}): ReactNode {
  const readers =
    vault.readableBy === 0
      ? "As things stand, no service account may read what is put here."
      : `As things stand, ${counted(vault.readableBy, "service account")} may read what is put here.`
  if (vault.workspacesBeneath === 0 || !vault.inheritable) {
    return (
      <Notice>{vault.inheritable ? readers : `This vault is private: narrower scopes don't see it. ${readers}`}</Notice>
    )
  }
  return (
    <Notice tone="warn" title={`${counted(vault.workspacesBeneath, "workspace")} will see this secret`}>
      Machines of {workspaceWords(workspaces, vault.workspacesBeneath)} may come to read it. {readers}
    </Notice>
  )
}

const namedWorkspaces = 4

/** "acme.payments.dev and acme.payments.prod", or the first few and how many more. */
function workspaceWords(paths: readonly string[], count: number): string {
  if (paths.length === 0) return counted(count, "workspace")
  const named = paths.slice(0, namedWorkspaces)
  const others = count - named.length
  return listed(others > 0 ? [...named, counted(others, "more", "more")] : named)
}
