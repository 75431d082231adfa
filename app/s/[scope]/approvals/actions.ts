"use server"

import type { InputOf } from "@/lib/contract/api"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf } from "@/lib/web/form"

export async function acceptApproval(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.acceptApproval(approvalIn(form))
    return null
  })
}

export async function refuseApproval(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.refuseApproval({ ...approvalIn(form), note: textOf(form, "note") })
    return null
  })
}

export async function withdrawApproval(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.withdrawApproval(approvalIn(form))
    return null
  })
}

export async function explainApproval(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.explainApproval({ ...approvalIn(form), reason: textOf(form, "reason") })
    return null
  })
}

/** Does what was accepted, just as it was asked for. */
export async function finishApproval(form: FormData): Promise<ActionAnswer<{ token: string | null }>> {
  return action(async (api) => {
    const { operation, terms } = await api.describeApproval(approvalIn(form))
    // As the API itself told it, and holds it to the schema again.
    const input: unknown = Object.fromEntries(terms.map(({ name, text }) => [name, fieldOf(name, text)]))
    if (operation === "adoptSecrets") {
      await api.adoptSecrets(input as InputOf<"adoptSecrets">)
      return { token: null }
    }
    const { token } = await (operation === "rotateToken"
      ? api.rotateToken(input as InputOf<"rotateToken">)
      : api.issueToken(input as InputOf<"issueToken">))
    return { token: token ?? null }
  })
}

/** Lists and numbers stand in the terms as JSON, and texts as they are. */
function fieldOf(name: string, text: string): unknown {
  return ["cidrs", "expiresInDays", "overlapHours", "secrets"].includes(name) ? JSON.parse(text) : text
}

function approvalIn(form: FormData): { scope: string; approval: string } {
  return { scope: textOf(form, "scope"), approval: textOf(form, "approval") }
}
