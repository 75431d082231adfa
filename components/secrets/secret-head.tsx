"use client"

import { Ellipsis } from "lucide-react"
import { type ReactNode, useMemo, useState } from "react"
import { usePaletteActions } from "../frame/palette-actions"
import { Button, IconButton } from "../ui/button"
import { CopyButton } from "../ui/copy-button"
import { Menu, MenuItem, MenuLine, MenuLink } from "../ui/menu"
import { PageHead } from "../ui/page-head"
import { useShortcut } from "../ui/shortcuts"
import { type EditableSecret, EditSecret } from "./edit-secret"
import type { Choice } from "./list-view"
import { MoveSecret } from "./move-secret"
import { NewVersion } from "./new-version"
import { type EarlierVersion, RollBack } from "./roll-back"
import { type SecretAct, SecretDialog } from "./secret-dialog"
import type { SecretAction, SecretActions, WriteAction } from "./secret-form"

export interface SecretPageActions extends SecretActions {
  writeVersion: WriteAction
  destroySecret: SecretAction
  rollBack: WriteAction
}

type Opened = SecretAct | "write" | "edit" | "move" | "rollBack"

/** The head of a secret's page: its name, and what may be done with it. */
export function SecretHead({
  secret,
  owners,
  earlier,
  may,
  startsWriting,
  actions,
}: {
  secret: EditableSecret
  owners: readonly Choice[]
  /** What it can go back to. */
  earlier: readonly EarlierVersion[]
  may: { write: boolean; destroy: boolean }
  /** The address asks for the field of a new version at once. */
  startsWriting: boolean
  actions: SecretPageActions
}): ReactNode {
  const { scope, vault, name, state } = secret
  const isLiving = state === "active" || state === "disabled"
  const [opened, setOpened] = useState<Opened | undefined>(startsWriting && may.write && isLiving ? "write" : undefined)
  const close = (): void => setOpened(undefined)
  const reference = `${scope}/${vault}/${name}`
  useHeadKeys(may.write && isLiving, name, setOpened)
  return (
    <>
      <PageHead
        mono
        title={name}
        sub={
          <span className="flex flex-wrap items-center gap-x-1">
            {secret.description !== "" && <span>{secret.description} ·</span>}
            <code className="break-all">{reference}</code>
            <CopyButton text={reference} label="Copy the reference" />
          </span>
        }
        actions={
          <>
            {may.write && state === "active" && (
              <Button look="quiet" onClick={() => setOpened("disable")}>
                Disable
              </Button>
            )}
            {may.write && state === "disabled" && <Button onClick={() => setOpened("enable")}>Enable</Button>}
            {state === "deleted" && may.write && (
              <Button look="primary" onClick={() => setOpened("restore")}>
                Restore
              </Button>
            )}
            <MoreActions secret={secret} may={may} isLiving={isLiving} onOpen={setOpened} />
            {may.write && isLiving && earlier.length > 0 && (
              <Button onClick={() => setOpened("rollBack")}>Roll back…</Button>
            )}
            {may.write && isLiving && (
              <Button look="primary" shortcut="n" onClick={() => setOpened("write")}>
                New version
              </Button>
            )}
          </>
        }
      />
      {opened === "write" ? (
        <NewVersion
          open
          onOpenChange={close}
          address={secret}
          currentVersion={secret.currentVersion}
          write={actions.writeVersion}
        />
      ) : opened === "edit" ? (
        <EditSecret secret={secret} owners={owners} change={actions.changeSecret} onClose={close} />
      ) : opened === "move" ? (
        <MoveSecret secret={secret} move={actions.moveSecret} onClose={close} />
      ) : opened === "rollBack" ? (
        <RollBack
          address={secret}
          currentVersion={secret.currentVersion ?? 0}
          earlier={earlier}
          rollBack={actions.rollBack}
          onClose={close}
        />
      ) : (
        opened !== undefined && <SecretDialog act={opened} secret={secret} actions={actions} onClose={close} />
      )}
    </>
  )
}

/** `n` writes, and the palette knows the page's acts. */
function useHeadKeys(mayWrite: boolean, name: string, open: (what: Opened) => void): void {
  useShortcut({ keys: ["e"], ...(mayWrite && { label: "Edit its details" }) }, () => {
    if (!mayWrite) return false
    open("edit")
    return true
  })
  const offered = useMemo(
    () =>
      mayWrite
        ? [
            { id: "write", label: `Rotate ${name}`, run: () => open("write") },
            { id: "edit", label: `Edit the details of ${name}`, run: () => open("edit") },
            { id: "move", label: `Move ${name}`, run: () => open("move") },
            { id: "delete", label: `Delete ${name}`, run: () => open("delete") },
          ]
        : [],
    [mayWrite, name, open],
  )
  usePaletteActions(offered)
}

function MoreActions({
  secret,
  may,
  isLiving,
  onOpen,
}: {
  secret: EditableSecret
  may: { write: boolean; destroy: boolean }
  isLiving: boolean
  onOpen: (what: Opened) => void
}): ReactNode {
  return (
    <Menu
      trigger={
        <IconButton label="More actions">
          <Ellipsis aria-hidden className="size-4" />
        </IconButton>
      }
    >
      {may.write && isLiving && (
        <>
          <MenuItem onSelect={() => onOpen("edit")}>Edit details…</MenuItem>
          <MenuItem onSelect={() => onOpen("move")}>Move…</MenuItem>
        </>
      )}
      <MenuLink href={`/s/${secret.scope}/audit?secret=${secret.id}`}>Audit log of this secret</MenuLink>
      {may.write && isLiving && (
        <>
          <MenuLine />
          <MenuItem danger onSelect={() => onOpen("delete")}>
            Delete…
          </MenuItem>
        </>
      )}
      {may.destroy && (
        <MenuItem danger onSelect={() => onOpen("destroy")}>
          Destroy…
        </MenuItem>
      )}
    </Menu>
  )
}
