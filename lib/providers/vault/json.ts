/** JSON of a server that may be hostile. */

/** The bytes as JSON, or `notJson`: never an error, which could quote them. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), exactNumber)
  } catch {
    return notJson
  }
}

export const notJson = Symbol("not JSON")

/**
 * Numbers that JavaScript would change (`1.0`, `12345678901234567890`) stay as they were written: somebody may keep one
 * in a field that is adopted. As text again, they are what they were.
 */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  if (typeof value !== "number" || source === undefined || String(value) === source) return value
  return rawJson.rawJSON(source)
}

// TypeScript's library doesn't have it yet; Node has.
const rawJson = JSON as typeof JSON & { rawJSON(text: string): unknown }
