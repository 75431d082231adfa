"use server"

import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf } from "@/lib/web/form"

export async function createVault(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.createVault({ scope: textOf(form, "scope"), name: textOf(form, "name"), ...saidIn(form) })
    return null
  })
}

export async function changeVault(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeVault({ scope: textOf(form, "scope"), vault: textOf(form, "vault"), ...saidIn(form) })
    return null
  })
}

export async function deleteVault(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.deleteVault({ scope: textOf(form, "scope"), vault: textOf(form, "vault") })
    return null
  })
}

function saidIn(form: FormData): { description: string; inheritable: boolean } {
  return { description: textOf(form, "description"), inheritable: form.get("reach") === "inherited" }
}
