"use server"

import { type NoticeEvent, noticeEvents } from "@/lib/contract/words"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf, textsOf } from "@/lib/web/form"

/** The signing key is in this answer and nowhere else. */
export async function createWebhook(form: FormData): Promise<ActionAnswer<{ signingKey: string | null }>> {
  return action(async (api) => {
    const { signingKey } = await api.createWebhook({
      scope: textOf(form, "scope"),
      url: textOf(form, "url"),
      events: eventsIn(form),
    })
    return { signingKey: signingKey ?? null }
  })
}

/** Either what it is told of, or whether it is told at all. */
export async function changeWebhook(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    const what = form.has("disabled") ? { disabled: textOf(form, "disabled") === "true" } : { events: eventsIn(form) }
    await api.changeWebhook({ ...webhookIn(form), ...what })
    return null
  })
}

export async function deleteWebhook(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.deleteWebhook(webhookIn(form))
    return null
  })
}

export async function testWebhook(
  form: FormData,
): Promise<ActionAnswer<{ delivered: boolean; problem: string | null }>> {
  return action((api) => api.testWebhook(webhookIn(form)))
}

function webhookIn(form: FormData): { scope: string; webhook: string } {
  return { scope: textOf(form, "scope"), webhook: textOf(form, "webhook") }
}

function eventsIn(form: FormData): NoticeEvent[] {
  const ticked = textsOf(form, "events")
  return noticeEvents.filter((event) => ticked.includes(event))
}
