/** Operations that the table has and core learns next; each answers `unsupported` until then. */
import type { OperationName } from "../contract/routes.ts"
import { AppError } from "../errors.ts"
import type { UseCases } from "./context.ts"

const names = [
  "listWebhooks",
  "createWebhook",
  "changeWebhook",
  "deleteWebhook",
  "testWebhook",
] as const satisfies readonly OperationName[]

function refuse(): Promise<never> {
  return Promise.reject(new AppError("unsupported", "This version can't do this yet."))
}

type NotYet = (typeof names)[number]

/** Each name of the list, with the one refusal. */
const refusals: Record<string, () => Promise<never>> = Object.fromEntries(names.map((name) => [name, refuse]))
// The list's names are the type's names.
export const notYet = refusals as unknown as UseCases<NotYet>
