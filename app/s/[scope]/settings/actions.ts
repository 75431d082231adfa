"use server"

import { environments, protections } from "@/lib/contract/words"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalTextOf, textOf } from "@/lib/web/form"

export async function changeScope(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeScope({ scope: textOf(form, "scope"), name: textOf(form, "name"), ...workspaceFieldsIn(form) })
    return null
  })
}

export async function changeProtection(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    const protection = protections.find((one) => one === form.get("protection"))
    await api.changeScope({ scope: textOf(form, "scope"), ...(protection && { protection }) })
    return null
  })
}

export async function renameScope(form: FormData): Promise<ActionAnswer<{ path: string }>> {
  return action(async (api) => {
    const { path } = await api.changeScope({ scope: textOf(form, "scope"), slug: textOf(form, "slug") })
    return { path }
  })
}

export async function createScope(form: FormData): Promise<ActionAnswer<{ path: string }>> {
  return action(async (api) => {
    const [scope, slug, name] = [textOf(form, "scope"), textOf(form, "slug"), optionalTextOf(form, "name")]
    const made = await api.createScope({ scope, slug, ...(name !== undefined && { name }), ...workspaceFieldsIn(form) })
    return { path: made.path }
  })
}

export async function deleteScope(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.deleteScope({ scope: textOf(form, "scope"), confirm: textOf(form, "confirm") })
    return null
  })
}

/** Only a workspace's form has these. */
function workspaceFieldsIn(form: FormData): {
  environment?: (typeof environments)[number] | null
  projects?: string[]
} {
  if (!form.has("projects")) return {}
  const said = form.get("environment")
  const projects = textOf(form, "projects")
    .split("\n")
    .map((line) => line.trim())
  return {
    environment: environments.find((one) => one === said) ?? null,
    projects: projects.filter((line) => line !== ""),
  }
}
