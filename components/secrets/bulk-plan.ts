/** What an act will do to each chosen secret, said before it is done. */
import type { SecretDetail, SecretSummary } from "@/lib/contract/dto"
import { type Category, categoryLabel } from "@/lib/contract/words"
import { counted, readersWords, restorableUntil, uncoveredWords } from "./phrases"

export type BulkAct =
  | { kind: "category"; category: Category | null }
  | { kind: "move"; scope: string; vault: string; readableBy: number | undefined }
  | { kind: "disable" }
  | { kind: "enable" }
  | { kind: "delete" }
  | { kind: "restore" }

export interface PlannedRow {
  secret: SecretSummary
  /** Why there is nothing to do for it; undefined where something will be done. */
  skipped: string | undefined
  /** One sentence: what happens, and what it means for machines. */
  effect: string
}

/** The plan for one secret. `detail` brings what the list doesn't know; until it is there the sentence is shorter. */
export function planRow(act: BulkAct, secret: SecretSummary, detail: SecretDetail | undefined): PlannedRow {
  const skipped = reasonToSkip(act, secret)
  return { secret, skipped, effect: skipped ?? effectOf(act, secret, detail) }
}

function reasonToSkip(act: BulkAct, { state, category, scope, vault }: SecretSummary): string | undefined {
  if (state === "destroyed") return "Destroyed: left as it is."
  if (act.kind === "restore") return state === "deleted" ? undefined : "Not deleted: left as it is."
  if (state === "deleted") return "Deleted: restore it first. Left as it is."
  if (act.kind === "disable" && state === "disabled") return "Disabled already."
  if (act.kind === "enable" && state === "active") return "Not disabled: left as it is."
  if (act.kind === "category" && category === act.category) return `${categoryWords(category)} already.`
  if (act.kind === "move" && act.scope === scope && act.vault === vault) return "There already."
  return undefined
}

function effectOf(act: BulkAct, secret: SecretSummary, detail: SecretDetail | undefined): string {
  const readers = detail === undefined ? "" : ` ${readersWords(detail.readerCount)}`
  switch (act.kind) {
    case "category":
      return `${categoryWords(secret.category)} becomes ${categoryWords(act.category)}.`
    case "move":
      return `Goes to ${act.scope}/${act.vault} with its history. ${newReadersWords(act.readableBy, detail?.readerCount)}`
    case "disable":
      return `Every read fails until it is enabled again.${readers}`
    case "enable":
      return `Machines can read it again.${readers}`
    case "delete":
      return `Can be restored until ${restorableUntil()}. ${detail === undefined ? "" : uncoveredWords(detail)}${readers}`
    case "restore":
      return "Machines get it again, in the version that was current."
  }
}

/** How many service accounts may read what lies at the target, against how many may read it now. */
export function newReadersWords(after: number | undefined, before: number | undefined): string {
  if (after === undefined) return ""
  const there = `${counted(after, "service account")} may read what is there`
  return before === undefined ? `${there}.` : `${there}; ${before.toLocaleString("en")} may read it now.`
}

function categoryWords(category: Category | null): string {
  return category === null ? "No category" : categoryLabel[category]
}

/** The verb on the button: "Delete 3 secrets until 22 December". */
export function bulkVerb(act: BulkAct, count: number): string {
  const secrets = counted(count, "secret")
  switch (act.kind) {
    case "category":
      return `Set the category of ${secrets}`
    case "move":
      return `Move ${secrets}`
    case "disable":
      return `Disable ${secrets}`
    case "enable":
      return `Enable ${secrets}`
    case "delete":
      return `Delete ${secrets} until ${restorableUntil()}`
    case "restore":
      return `Restore ${secrets}`
  }
}

/** What a row says once it is done. */
export const bulkDone: Readonly<Record<BulkAct["kind"], string>> = {
  category: "Category set",
  move: "Moved",
  disable: "Disabled",
  enable: "Enabled",
  delete: "Deleted",
  restore: "Restored",
}
