"use server"

import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalNumberOf, textOf } from "@/lib/web/form"

export async function changePassword(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changePassword({ current: textOf(form, "current"), next: textOf(form, "next") })
    return null
  })
}

/** The token is in this answer and nowhere else. */
export async function createPersonalToken(form: FormData): Promise<ActionAnswer<{ token: string | null }>> {
  return action(async (api) => {
    const expiresInDays = optionalNumberOf(form, "expiresInDays")
    const name = textOf(form, "name")
    const { token } = await api.createPersonalToken({ name, ...(expiresInDays !== undefined && { expiresInDays }) })
    return { token: token ?? null }
  })
}

export async function revokePersonalToken(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.revokePersonalToken({ token: textOf(form, "token") })
    return null
  })
}
