"use server"

import type { InputOf } from "@/lib/contract/api"
import type { ClaimMatch, grantAccesses } from "@/lib/contract/words"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalNumberOf, optionalTextOf, textOf, textsOf } from "@/lib/web/form"

type TrustRuleInput = Omit<InputOf<"createTrustRule">, "scope" | "account">

export async function createServiceAccount(form: FormData): Promise<ActionAnswer<{ name: string }>> {
  return action(async (api) => {
    const [scope, name] = [textOf(form, "scope"), textOf(form, "name")]
    const made = await api.createServiceAccount({ scope, name, description: textOf(form, "description") })
    return { name: made.name }
  })
}

export async function describeAnew(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeServiceAccount({ ...accountIn(form), description: textOf(form, "description") })
    return null
  })
}

export async function disableServiceAccount(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeServiceAccount({ ...accountIn(form), disabled: true })
    return null
  })
}

export async function enableServiceAccount(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeServiceAccount({ ...accountIn(form), disabled: false })
    return null
  })
}

export async function deleteServiceAccount(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.deleteServiceAccount(accountIn(form))
    return null
  })
}

export async function grantAccess(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.grantAccess({
      ...accountIn(form),
      grantScope: textOf(form, "grantScope"),
      vault: optionalTextOf(form, "vault") ?? null,
      prefix: optionalTextOf(form, "prefix") ?? null,
      access: textOf(form, "access") as (typeof grantAccesses)[number], // another word is refused by the API's own schema
    })
    return null
  })
}

export async function revokeGrant(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.revokeGrant({ ...accountIn(form), grant: textOf(form, "grant") })
    return null
  })
}

/** The token is in this answer and nowhere else. */
export async function issueToken(form: FormData): Promise<ActionAnswer<{ token: string | null }>> {
  return action(async (api) => {
    const expiresInDays = optionalNumberOf(form, "expiresInDays")
    const { token } = await api.issueToken({
      ...accountIn(form),
      name: textOf(form, "name"),
      cidrs: textOf(form, "cidrs")
        .split(/[\s,]+/)
        .filter((range) => range !== ""),
      ...(expiresInDays !== undefined && { expiresInDays }),
    })
    return { token: token ?? null }
  })
}

/** The token is in this answer and nowhere else. */
export async function rotateToken(form: FormData): Promise<ActionAnswer<{ token: string | null }>> {
  return action(async (api) => {
    const [overlapHours, expiresInDays] = [
      optionalNumberOf(form, "overlapHours"),
      optionalNumberOf(form, "expiresInDays"),
    ]
    const { token } = await api.rotateToken({
      ...accountIn(form),
      token: textOf(form, "token"),
      ...(overlapHours !== undefined && { overlapHours }),
      ...(expiresInDays !== undefined && { expiresInDays }),
    })
    return { token: token ?? null }
  })
}

export async function createTrustRule(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.createTrustRule({ ...accountIn(form), ...trustRuleIn(form) })
    return null
  })
}

export async function changeTrustRule(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.changeTrustRule({ ...accountIn(form), rule: textOf(form, "rule"), ...trustRuleIn(form) })
    return null
  })
}

export async function deleteTrustRule(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.deleteTrustRule({ ...accountIn(form), rule: textOf(form, "rule") })
    return null
  })
}

export async function revokeToken(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    await api.revokeToken({ ...accountIn(form), token: textOf(form, "token") })
    return null
  })
}

function trustRuleIn(form: FormData): TrustRuleInput {
  const [claims, matches, values] = [textsOf(form, "claim"), textsOf(form, "match"), textsOf(form, "values")]
  const lifetimeSeconds = optionalNumberOf(form, "lifetimeSeconds")
  return {
    name: textOf(form, "name"),
    issuer: textOf(form, "issuer").trim(),
    audience: textOf(form, "audience"),
    keySet: optionalTextOf(form, "keySet") ?? null,
    ca: optionalTextOf(form, "ca") ?? null,
    refusesReplay: optionalTextOf(form, "refusesReplay") !== undefined,
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    conditions: claims.map((claim, at) => ({
      claim: claim.trim(),
      match: (matches[at] ?? "") as ClaimMatch, // another word is refused by the API's own schema
      values: linesOf(values[at] ?? ""),
    })),
  }
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
}

function accountIn(form: FormData): { scope: string; account: string } {
  return { scope: textOf(form, "scope"), account: textOf(form, "account") }
}
