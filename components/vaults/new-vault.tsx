"use client"

import { type ReactNode, useState } from "react"
import { Button } from "../ui/button"
import { VaultDialog } from "./vault-dialog"
import type { VaultActions } from "./vault-table"

/** The button that makes a vault; `startsOpen` when the address asks for it. */
export function NewVault({
  scope,
  startsOpen,
  create,
}: {
  scope: string
  startsOpen: boolean
  create: VaultActions["createVault"]
}): ReactNode {
  const [isOpen, setIsOpen] = useState(startsOpen)
  return (
    <>
      <Button look="primary" shortcut="c" shortcutLabel="New vault" onClick={() => setIsOpen(true)}>
        New vault
      </Button>
      {isOpen && <VaultDialog scope={scope} save={create} onClose={() => setIsOpen(false)} />}
    </>
  )
}
