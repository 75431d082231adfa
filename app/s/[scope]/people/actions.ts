"use server"

import { roles } from "@/lib/contract/words"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalNumberOf, optionalTextOf, textOf } from "@/lib/web/form"

/** The link is in this answer and nowhere else. */
export async function invite(form: FormData): Promise<ActionAnswer<{ link: string | null }>> {
  return action(async (api) => {
    const expiresInDays = optionalNumberOf(form, "expiresInDays")
    const { link } = await api.invite({
      scope: textOf(form, "scope"),
      role: roleIn(form),
      email: optionalTextOf(form, "email") ?? null,
      ...(expiresInDays !== undefined && { expiresInDays }),
    })
    return { link: link ?? null }
  })
}

export async function revokeInvitation(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.revokeInvitation({ scope: textOf(form, "scope"), invitation: textOf(form, "invitation") })
    return null
  })
}

export async function assignRole(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.assignRole({ scope: textOf(form, "scope"), person: textOf(form, "person"), role: roleIn(form) })
    return null
  })
}

export async function removeRole(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.removeRole({ scope: textOf(form, "scope"), person: textOf(form, "person"), role: roleIn(form) })
    return null
  })
}

export async function disablePerson(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changePerson({ person: textOf(form, "person"), disabled: true })
    return null
  })
}

export async function enablePerson(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changePerson({ person: textOf(form, "person"), disabled: false })
    return null
  })
}

export async function endSession(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.endSession({ person: textOf(form, "person"), session: textOf(form, "session") })
    return null
  })
}

export async function endAllSessions(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.endAllSessions({ person: textOf(form, "person") })
    return null
  })
}

/** A word that is none of the roles goes on as it is: the API says what is wrong with it. */
function roleIn(form: FormData): (typeof roles)[number] {
  const text = textOf(form, "role")
  return roles.find((role) => role === text) ?? (text as (typeof roles)[number]) // refused by the API's own schema
}
