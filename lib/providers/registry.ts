/** The providers by their kind. */
import { localEncrypted } from "./local/local.ts"

export const providers = {
  [localEncrypted.kind]: localEncrypted,
} as const
