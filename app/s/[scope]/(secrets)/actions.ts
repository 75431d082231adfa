"use server"

import type { WriteResult } from "@/components/secrets/secret-form"
import type { Written } from "@/lib/contract/dto"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { optionalTextOf, textOf } from "@/lib/web/form"
import { addressIn, expectedVersionIn, metadataIn, newValueIn, noteIn } from "./form-input"

export async function createSecret(form: FormData): Promise<ActionAnswer<WriteResult>> {
  return action(async (api) => {
    const place = { scope: textOf(form, "scope"), vault: textOf(form, "vault"), name: textOf(form, "name") }
    return writeResult(await api.createSecret({ ...place, ...newValueIn(form), ...metadataIn(form), ...noteIn(form) }))
  })
}

export async function writeVersion(form: FormData): Promise<ActionAnswer<WriteResult>> {
  return action(async (api) =>
    writeResult(
      await api.writeVersion({ ...addressIn(form), ...newValueIn(form), ...expectedVersionIn(form), ...noteIn(form) }),
    ),
  )
}

export async function rollBack(form: FormData): Promise<ActionAnswer<WriteResult>> {
  return action(async (api) =>
    writeResult(await api.rollBack({ ...versionIn(form), ...expectedVersionIn(form), ...noteIn(form) })),
  )
}

export async function changeSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    const name = optionalTextOf(form, "name")
    await api.changeSecret({ ...addressIn(form), ...metadataIn(form), ...(name !== undefined && { name }) })
    return null
  })
}

export async function moveSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => {
    const target = { toScope: textOf(form, "toScope"), toVault: textOf(form, "toVault") }
    await api.moveSecret({ ...addressIn(form), ...target })
    return null
  })
}

export async function disableSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.disableSecret(addressIn(form))))
}

export async function enableSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.enableSecret(addressIn(form))))
}

export async function deleteSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.deleteSecret(addressIn(form))))
}

export async function restoreSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.restoreSecret(addressIn(form))))
}

export async function destroySecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) =>
    nothingOf(await api.destroySecret({ ...addressIn(form), confirm: textOf(form, "confirm") })),
  )
}

export async function disableVersion(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.disableVersion(versionIn(form))))
}

export async function enableVersion(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.enableVersion(versionIn(form))))
}

export async function deleteVersion(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.deleteVersion(versionIn(form))))
}

export async function restoreVersion(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.restoreVersion(versionIn(form))))
}

export async function destroyVersion(form: FormData): Promise<ActionAnswer> {
  return action(async (api) =>
    nothingOf(await api.destroyVersion({ ...versionIn(form), confirm: textOf(form, "confirm") })),
  )
}

export async function manageSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.manageSecret(addressIn(form))))
}

export async function releaseSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.releaseSecret(addressIn(form))))
}

export async function observeSecret(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.observeSecret(addressIn(form))))
}

export async function acceptDrift(form: FormData): Promise<ActionAnswer> {
  return action(async (api) => nothingOf(await api.acceptDrift(versionIn(form))))
}

function versionIn(form: FormData): { scope: string; vault: string; secret: string; version: number } {
  return { ...addressIn(form), version: Number(textOf(form, "version")) }
}

function writeResult({ outcome, version }: Written): WriteResult {
  return { outcome, version: version.number, publicKey: version.publicKey }
}

/** The page reads again what it shows, so the answer need not be sent to it. */
function nothingOf(_answer: object): null {
  return null
}
