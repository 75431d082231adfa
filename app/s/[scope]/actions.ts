"use server"

import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf } from "@/lib/web/form"
import { signOutHere } from "@/lib/web/sign-in"

/** The password once more, so that delegating is possible for ten minutes. */
export async function confirmSignIn(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.confirmSignIn({ password: textOf(form, "password") })
    return null
  })
}

export async function signOut(_form: FormData): Promise<void> {
  await signOutHere()
}
