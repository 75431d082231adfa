"use client"

import { type ReactNode, useTransition } from "react"
import { Button } from "../ui/button"

/** The way out, where no account menu is around. */
export function LeaveButton({ signOut }: { signOut: (form: FormData) => Promise<void> }): ReactNode {
  const [isPending, startTransition] = useTransition()
  return (
    <Button
      className="justify-self-start"
      pending={isPending}
      onClick={() => {
        startTransition(() => signOut(new FormData()))
      }}
    >
      Sign out
    </Button>
  )
}
