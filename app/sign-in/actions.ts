"use server"

import { redirect } from "next/navigation"
import { answering } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { ownPath } from "@/lib/web/addresses"
import { optionalTextOf, textOf } from "@/lib/web/form"
import { signInByIdentity, signInByPassword } from "@/lib/web/sign-in"

export async function signIn(form: FormData): Promise<ActionAnswer> {
  return answering(async () => {
    await signInByPassword(textOf(form, "email"), textOf(form, "password"))
    redirect(ownPath(optionalTextOf(form, "next")))
  })
}

/** Leads to the identity provider's own page. The browser goes there by script: the policy lets no form post lead away. */
export async function signInElsewhere(form: FormData): Promise<ActionAnswer> {
  return answering(async () => {
    await signInByIdentity(textOf(form, "provider"), {
      next: optionalTextOf(form, "next"),
      invitation: optionalTextOf(form, "invitation"),
    })
    return null
  })
}
