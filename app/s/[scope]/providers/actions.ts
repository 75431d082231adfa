"use server"

import type { BootstrapPlan, BootstrapResult, Registered } from "@/components/providers/provider-actions"
import type { AdoptedRow } from "@/lib/contract/dto"
import { ownerships } from "@/lib/contract/words"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalTextOf, textOf, textsOf } from "@/lib/web/form"
import { consentsIn, credentialIn, kindIn, placeIn, settingsIn, timesIn } from "./form-input"

/** Begins a check; its lines are read by its id as they come. */
export async function checkProvider(form: FormData): Promise<ActionAnswer<{ check: string }>> {
  return action(async (api) => {
    const { id } = await api.checkProvider({
      scope: textOf(form, "scope"),
      kind: kindIn(form),
      name: textOf(form, "name"),
      settings: settingsIn(form),
      credential: credentialIn(form),
      follow: true,
    })
    return { check: id }
  })
}

export async function registerProvider(form: FormData): Promise<ActionAnswer<Registered>> {
  return action(async (api) => {
    const [scope, defaultFor] = [textOf(form, "scope"), optionalTextOf(form, "defaultFor")]
    const { name, isApproved } = await api.registerProvider({
      scope,
      kind: kindIn(form),
      name: textOf(form, "name"),
      settings: settingsIn(form),
      credential: credentialIn(form),
      check: textOf(form, "check"),
      consents: consentsIn(form),
      ...timesIn(form),
      makeDefault: defaultFor === scope,
    })
    return { name, isApproved }
  })
}

export async function planBootstrap(form: FormData): Promise<ActionAnswer<BootstrapPlan>> {
  return action((api) => api.planBootstrap(bootstrapIn(form)))
}

export async function bootstrapProvider(form: FormData): Promise<ActionAnswer<BootstrapResult>> {
  return action(async (api) => {
    const { outcome, made, problem, lines, provider } = await api.bootstrapProvider({
      ...bootstrapIn(form),
      adminToken: textOf(form, "adminToken"),
      consents: consentsIn(form),
      ...timesIn(form),
      makeDefault: optionalTextOf(form, "defaultFor") === textOf(form, "scope"),
    })
    const registered = provider && { name: provider.name, isApproved: provider.isApproved }
    return { outcome, made, problem, lines, registered }
  })
}

function bootstrapIn(form: FormData) {
  return {
    scope: textOf(form, "scope"),
    kind: kindIn(form),
    name: textOf(form, "name"),
    settings: settingsIn(form),
    makePlace: form.has("makePlace"),
  }
}

export async function changeProvider(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    const check = optionalTextOf(form, "check")
    await api.changeProvider({
      ...placeIn(form),
      ...timesIn(form),
      ...(form.has("settings") && { settings: settingsIn(form), consents: consentsIn(form) }),
      ...(check !== undefined && { check, credential: credentialIn(form) }),
    })
    return null
  })
}

export async function replaceCredential(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.replaceCredential({ ...placeIn(form), credential: credentialIn(form), consents: consentsIn(form) })
    return null
  })
}

export async function recheckProvider(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.recheckProvider(placeIn(form))
    return null
  })
}

export async function approveProvider(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.approveProvider({ ...placeIn(form), target: textOf(form, "target") })
    return null
  })
}

export async function unregisterProvider(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.unregisterProvider(placeIn(form))
    return null
  })
}

/** Without a provider, the scope does again as the wider one. */
export async function setDefaultProvider(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.setDefaultProvider({ scope: textOf(form, "scope"), provider: optionalTextOf(form, "provider") ?? null })
    return null
  })
}

/** Rows of locations, fields and the names that they get here; the answer's rows are in the same order. */
export async function adoptSecrets(form: FormData): Promise<ActionAnswer<AdoptedRow[]>> {
  return action(async (api) => {
    const [fields, names] = [textsOf(form, "field"), textsOf(form, "name")]
    const { rows } = await api.adoptSecrets({
      ...placeIn(form),
      vault: textOf(form, "vault"),
      ownership: ownerships.find((one) => one === form.get("ownership")) ?? "external",
      secrets: textsOf(form, "location").map((location, row) => ({
        location,
        field: emptyIsNone(fields[row]),
        name: names[row] ?? "",
      })),
    })
    return rows
  })
}

/** A whole secret is a row without a field. */
function emptyIsNone(field: string | undefined): string | null {
  return field === undefined || field === "" ? null : field
}
