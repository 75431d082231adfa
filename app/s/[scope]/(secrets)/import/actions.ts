"use server"

import type { ImportPreviewRow, ImportResultRow } from "@/lib/contract/dto"
import { action } from "@/lib/web/action"
import type { ActionAnswer } from "@/lib/web/action-answer"
import { textOf, textsOf } from "@/lib/web/form"
import { rowsIn } from "./rows-input"

/** What an import of these names would do. Names alone: no value is in this form. */
export async function previewImport(form: FormData): Promise<ActionAnswer<ImportPreviewRow[]>> {
  return action(async (api) => {
    const input = { scope: textOf(form, "scope"), vault: textOf(form, "vault"), names: textsOf(form, "name") }
    return (await api.previewImport(input)).rows
  })
}

/** One batch, straight on to the API. */
export async function runImport(form: FormData): Promise<ActionAnswer<ImportResultRow[]>> {
  return action(async (api) => {
    const place = { scope: textOf(form, "scope"), vault: textOf(form, "vault") }
    return (await api.runImport({ ...place, rows: rowsIn(form) })).rows
  })
}
