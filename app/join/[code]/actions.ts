"use server"

import { redirect } from "next/navigation"
import { answering } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { ownPath } from "@/lib/web/addresses"
import { nobodysApi } from "@/lib/web/api"
import { optionalTextOf, textOf } from "@/lib/web/form"
import { signInByPassword } from "@/lib/web/sign-in"

/** Makes the account that the invitation offers, and signs its owner in. */
export async function accept(form: FormData): Promise<ActionAnswer> {
  return answering(async () => {
    const [email, password] = [textOf(form, "email"), textOf(form, "password")]
    const api = await nobodysApi()
    await api.acceptInvitation({ code: textOf(form, "code"), name: textOf(form, "name"), email, password })
    await signInByPassword(email, password)
    redirect(ownPath(optionalTextOf(form, "next")))
  })
}
