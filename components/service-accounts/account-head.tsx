"use client"

import { Ellipsis } from "lucide-react"
import { type ReactNode, useState } from "react"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import { scopePage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import type { FormAnswer } from "../ui/action-form"
import { Button, IconButton } from "../ui/button"
import { Field, Input } from "../ui/field"
import { Menu, MenuItem, MenuLine, MenuLink } from "../ui/menu"
import { PageHead } from "../ui/page-head"
import { Tag } from "../ui/tag"

type Action = (form: FormData) => Promise<FormAnswer>

interface HeadAccount {
  id: string
  scope: string
  name: string
  description: string
  disabled: boolean
}

/** The head of a service account's page, and what can be done with it as a whole. */
export function AccountHead({
  account,
  readableCount,
  mayManage,
  actions,
}: {
  account: HeadAccount
  readableCount: number
  mayManage: boolean
  actions: {
    describeAnew: Action
    disableServiceAccount: Action
    enableServiceAccount: Action
    deleteServiceAccount: Action
  }
}): ReactNode {
  const { id, scope, name, description, disabled } = account
  const [isDeleting, setIsDeleting] = useState(false)
  const fields = { scope, account: name }
  const loses = readableCount === 0 ? "" : ` It reads ${counted(readableCount, "secret")} now.`
  return (
    <>
      <PageHead
        mono
        title={name}
        sub={description || `A service account of ${scope}.`}
        views={disabled && <Tag tone="warn">Disabled</Tag>}
        actions={
          <>
            {mayManage && disabled && (
              <ConfirmedAct
                action={actions.enableServiceAccount}
                fields={fields}
                act={{
                  title: `${name} reads again what it was granted`,
                  confirm: "Enable",
                  done: `${name} is enabled.`,
                }}
                trigger={<Button look="primary">Enable</Button>}
              >
                <p>Its tokens that are neither revoked nor expired work again. The secrets say that you enabled it.</p>
              </ConfirmedAct>
            )}
            {mayManage && !disabled && (
              <ConfirmedAct
                action={actions.disableServiceAccount}
                fields={fields}
                act={{
                  title: `${name} stops reading at once`,
                  confirm: "Disable",
                  danger: true,
                  done: `${name} is disabled.`,
                }}
                trigger={<Button look="quiet">Disable</Button>}
              >
                <p>Its next request is refused.{loses} Grants and tokens stay, and work again when it is enabled.</p>
              </ConfirmedAct>
            )}
            {mayManage && (
              <ActDialog
                title={`Describe ${name}`}
                trigger={<Button look="quiet">Describe</Button>}
                action={actions.describeAnew}
                fields={fields}
                submit="Save"
                done="The description is saved."
              >
                <Field label="Description" name="description" hint="What runs as it, and where.">
                  <Input defaultValue={description} autoComplete="off" maxLength={1000} />
                </Field>
              </ActDialog>
            )}
            <Menu
              trigger={
                <IconButton label="More actions">
                  <Ellipsis aria-hidden className="size-4" />
                </IconButton>
              }
            >
              <MenuLink href={`${scopePage(scope, "audit")}?actor=${id}`}>What it did</MenuLink>
              {mayManage && (
                <>
                  <MenuLine />
                  <MenuItem danger onSelect={() => setIsDeleting(true)}>
                    Delete…
                  </MenuItem>
                </>
              )}
            </Menu>
          </>
        }
      />
      <ConfirmedAct
        open={isDeleting}
        onOpenChange={setIsDeleting}
        action={actions.deleteServiceAccount}
        fields={fields}
        act={{
          title: `Nothing brings ${name} back`,
          confirm: "Delete for good",
          danger: true,
          typeName: name,
          done: `${name} is deleted.`,
          leadsTo: scopePage(scope, "service-accounts"),
        }}
      >
        <p>Its tokens stop working at once, and its grants are gone.{loses}</p>
        <p>What it did stays in the audit log.</p>
      </ConfirmedAct>
    </>
  )
}
