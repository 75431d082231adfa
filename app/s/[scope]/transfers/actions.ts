"use server"

import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf, textsOf } from "@/lib/web/form"

/** Rows of vaults and secrets; without any, all that the scope defines. */
export async function startTransfer(form: FormData): Promise<ActionAnswer<{ transfer: string }>> {
  return action(async (api) => {
    const names = textsOf(form, "secret")
    const secrets = textsOf(form, "vault").map((vault, row) => ({ vault, secret: names[row] ?? "" }))
    const { id } = await api.startTransfer({
      scope: textOf(form, "scope"),
      to: textOf(form, "to"),
      removeAtSource: form.has("removeAtSource"),
      ...(secrets.length > 0 && { secrets }),
    })
    return { transfer: id }
  })
}

export async function pauseTransfer(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.pauseTransfer(transferIn(form))
    return null
  })
}

/** Goes on where it stopped, and tries again what failed. */
export async function resumeTransfer(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.resumeTransfer(transferIn(form))
    return null
  })
}

function transferIn(form: FormData): { scope: string; transfer: string } {
  return { scope: textOf(form, "scope"), transfer: textOf(form, "transfer") }
}
