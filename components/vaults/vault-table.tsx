"use client"

import { Ellipsis } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { VaultSummary } from "@/lib/contract/dto"
import { counted } from "../secrets/phrases"
import { answerOf } from "../secrets/row-runs"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import type { FormAnswer } from "../ui/action-form"
import { IconButton } from "../ui/button"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { Menu, MenuItem, MenuLink } from "../ui/menu"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"
import { VaultDialog } from "./vault-dialog"

export type VaultFacts = Pick<
  VaultSummary,
  "id" | "scope" | "name" | "description" | "inheritable" | "secretCount" | "workspacesBeneath" | "readableBy"
>

export interface VaultActions {
  createVault: (form: FormData) => Promise<FormAnswer>
  changeVault: (form: FormData) => Promise<FormAnswer>
  deleteVault: (form: FormData) => Promise<FormAnswer>
}

const columns = [
  { header: "Vault" },
  { header: "What it is for" },
  { header: "Seen by" },
  { header: "Secrets", align: "end" as const },
  { header: "Can be read by" },
]

/** The vaults of a scope, and for who may: what can be changed of each. */
export function VaultTable({
  vaults,
  mayManage,
  actions,
}: {
  vaults: readonly VaultFacts[]
  mayManage: boolean
  actions: Pick<VaultActions, "changeVault" | "deleteVault">
}): ReactNode {
  const [asked, setAsked] = useState<{ act: "change" | "delete"; vault: VaultFacts }>()
  const close = (): void => setAsked(undefined)
  return (
    <>
      <Table label="Vaults" columns={mayManage ? [...columns, { header: "Actions" }] : columns}>
        {vaults.map((vault) => (
          <Row key={vault.id} id={vault.id}>
            <Cell title>
              <RowLink mono href={`/s/${vault.scope}/vaults/${vault.name}`}>
                {vault.name}
              </RowLink>
            </Cell>
            <Cell wrap>{vault.description}</Cell>
            <Cell>
              <SeenBy vault={vault} />
            </Cell>
            <Cell label="Secrets" align="end">
              {vault.secretCount.toLocaleString("en")}
            </Cell>
            <Cell>{counted(vault.readableBy, "service account")}</Cell>
            {mayManage && (
              <Cell>
                <Menu
                  trigger={
                    <IconButton label={`Actions on vault ${vault.name}`}>
                      <Ellipsis aria-hidden className="size-4" />
                    </IconButton>
                  }
                >
                  <MenuItem onSelect={() => setAsked({ act: "change", vault })}>Change…</MenuItem>
                  <MenuLink href={`/s/${vault.scope}/new?vault=${vault.name}`}>New secret in it</MenuLink>
                  <MenuItem danger onSelect={() => setAsked({ act: "delete", vault })}>
                    Delete…
                  </MenuItem>
                </Menu>
              </Cell>
            )}
          </Row>
        ))}
      </Table>
      {asked?.act === "change" && (
        <VaultDialog scope={asked.vault.scope} vault={asked.vault} save={actions.changeVault} onClose={close} />
      )}
      {asked?.act === "delete" && <DeleteVault vault={asked.vault} remove={actions.deleteVault} onClose={close} />}
    </>
  )
}

function SeenBy({ vault: { inheritable, workspacesBeneath } }: { vault: VaultFacts }): ReactNode {
  if (!inheritable) return <Tag>Private to this scope</Tag>
  return workspacesBeneath === 0 ? "This scope" : counted(workspacesBeneath, "workspace")
}

function DeleteVault({
  vault: { scope, name },
  remove,
  onClose,
}: {
  vault: VaultFacts
  remove: VaultActions["deleteVault"]
  onClose: () => void
}): ReactNode {
  const changed = useSecretsChanged()

  async function perform(): Promise<string | undefined> {
    const form = new FormData()
    form.set("scope", scope)
    form.set("vault", name)
    const answer = await answerOf(() => remove(form))
    if (answer.state === "failed") return answer.message
    changed()
    return undefined
  }

  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={`${scope} has no vault ${name} any more`}
      confirm="Delete the vault"
      onConfirm={perform}
    >
      <p>Only an empty vault can be deleted: move its secrets, or destroy them, first.</p>
    </ConfirmDialog>
  )
}
