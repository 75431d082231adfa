"use server"

import { redirect } from "next/navigation"
import { answering } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { nobodysApi } from "@/lib/web/api"
import { optionalTextOf, textOf } from "@/lib/web/form"
import { signInByPassword } from "@/lib/web/sign-in"

/** Makes the first owner, signs them in, and leads to their organization. The token that comes with it isn't used. */
export async function setUp(form: FormData): Promise<ActionAnswer> {
  return answering(async () => {
    const [email, password] = [textOf(form, "email"), textOf(form, "password")]
    const organizationName = optionalTextOf(form, "organizationName")
    const made = await (await nobodysApi()).setUp({
      code: textOf(form, "code").trim(),
      name: textOf(form, "name"),
      email,
      password,
      organization: textOf(form, "organization"),
      ...(organizationName !== undefined && { organizationName }),
    })
    await signInByPassword(email, password)
    redirect(`/s/${made.organization}`)
  })
}
