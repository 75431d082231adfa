/** What was rotated in this tab today, so that it can be rolled back together: names and version numbers, no value. */

export interface Rotated {
  scope: string
  vault: string
  name: string
  from: number
  to: number
}

interface Stored {
  day: string
  rotated: Rotated[]
}

function keyOf(scope: string): string {
  return `strongroom-rotated ${scope}`
}

/** Adds to what was rotated from this scope's page today; what is from another day is forgotten. */
export function rememberRotated(scope: string, rotated: readonly Rotated[], now: Date = new Date()): void {
  const before = rotatedToday(scope, now).filter(
    (one) =>
      !rotated.some((other) => other.name === one.name && other.vault === one.vault && other.scope === one.scope),
  )
  const stored: Stored = { day: dayOf(now), rotated: [...before, ...rotated] }
  sessionStorage.setItem(keyOf(scope), JSON.stringify(stored))
}

/** Takes out what was rolled back. */
export function forgetRotated(scope: string, rotated: readonly Rotated[], now: Date = new Date()): void {
  const left = rotatedToday(scope, now).filter(
    (one) =>
      !rotated.some((other) => other.name === one.name && other.vault === one.vault && other.scope === one.scope),
  )
  if (left.length === 0) sessionStorage.removeItem(keyOf(scope))
  else sessionStorage.setItem(keyOf(scope), JSON.stringify({ day: dayOf(now), rotated: left } satisfies Stored))
}

export function rotatedToday(scope: string, now: Date = new Date()): Rotated[] {
  const stored: unknown = parse(sessionStorage.getItem(keyOf(scope)))
  if (!isRecord(stored) || stored.day !== dayOf(now) || !Array.isArray(stored.rotated)) return []
  return stored.rotated.filter((one) => isRotated(one))
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    // Somebody else wrote there: it counts as nothing.
    return undefined
  }
}

function isRotated(one: unknown): one is Rotated {
  if (!isRecord(one)) return false
  const texts = [one.scope, one.vault, one.name]
  const numbers = [one.from, one.to]
  return texts.every((text) => typeof text === "string") && numbers.every((number) => typeof number === "number")
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

/** The day where the person is. */
function dayOf(moment: Date): string {
  return `${moment.getFullYear()}-${moment.getMonth() + 1}-${moment.getDate()}`
}
