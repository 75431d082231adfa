import { isUtf8 } from "node:buffer"
import { expose, type Secret } from "../secret.ts"

/** Whether a value is valid UTF-8, and so travels as text; other bytes travel as base64. */
export function isText(value: Secret): boolean {
  return isUtf8(expose(value))
}
