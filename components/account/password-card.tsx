"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import { NewPasswordField } from "../entry/new-password-field"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Card } from "../ui/card"
import { Field, Input } from "../ui/field"
import { useToast } from "../ui/toast"

/** Another password. Whoever knew the old one, or a token made with it, is out. */
export function PasswordCard({
  email,
  change,
}: {
  email: string
  change: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const router = useRouter()
  const toast = useToast()
  return (
    <Card title="Password" padded>
      <ActionForm
        label="Change it"
        action={change}
        submit="Change the password"
        onDone={() => {
          toast({ title: "Your password is changed.", description: "You are still signed in here, and nowhere else." })
          router.refresh()
        }}
      >
        <p className="text-ink-2">Your other sessions end, and your personal tokens are revoked.</p>
        {/* Password managers store the new one under this name. */}
        <input type="hidden" autoComplete="username" name="username" value={email} readOnly />
        <Field label="Your password now" name="current">
          <Input type="password" autoComplete="current-password" />
        </Field>
        <NewPasswordField label="New password" name="next" />
      </ActionForm>
    </Card>
  )
}
