/** What a writer is told when something stands in the way: what it is, and what to do. */
import type { CurrentVersion } from "../../db/operations.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError } from "../../errors.ts"

export function movedOn(
  name: string,
  { number, by, ageSeconds }: CurrentVersion,
  expected: number | undefined,
): AppError {
  const saved = `${by ?? "Somebody who is gone"} saved version ${number} ${ago(ageSeconds)}`
  const message =
    expected !== undefined && expected > number
      ? `${name} has no version ${expected}: the current one is ${number}. Look at it and try again.`
      : `${saved}; yours was based on ${expected ?? "an earlier one"}. Look at it, then write again if yours should follow it.`
  return new AppError("conflict", message, { fields: { expectedVersion: `The current version is ${number}.` } })
}

export function notWritable(name: string, state: "deleted" | "gone"): AppError {
  if (state === "deleted") return new AppError("conflict", `${name} is deleted. Restore it first.`)
  return new AppError("gone", `${name} was destroyed meanwhile.`)
}

export function writeUnderWay(name: string): AppError {
  const message = `Another write of ${name} is under way. Try again in a moment.`
  return new AppError("conflict", message, { retryAfterSeconds: 2 })
}

/** What isn't ours to change, and how it becomes so. */
export function external(name: string): AppError {
  const message = `${name} belongs to somebody else where it is kept, and is only read here. Take it over on its page ("manage"), or change it there.`
  return new AppError("conflict", message)
}

export function changedThere(name: string): AppError {
  const message = `${name} was changed where it is kept since you looked at it. Nothing was written: its history tells what is there now. Write again if yours should follow it.`
  return new AppError("conflict", message)
}

/** A new secret's place at a backend holds something that isn't this installation's. */
export function placeTaken(name: string, provider: string, location: string): AppError {
  const message = `Something that Strongroom doesn't manage lies at ${location} in ${provider}, where ${name} would go. Adopt it on the provider's page, or choose another name.`
  return new AppError("conflict", message, { fields: { name: "Its place at the backend is taken." } })
}

export function placeBeingCleared(name: string, provider: string): AppError {
  const message = `What was destroyed at the place of ${name} in ${provider} is still being removed there. Try again in a minute.`
  return new AppError("conflict", message, { retryAfterSeconds: 60 })
}

export function unknownYet(name: string): AppError {
  const message = `It isn't known yet whether ${name} was saved. Strongroom is finding out: look at it in a minute, before you try again.`
  return new AppError("unavailable", message, { retryAfterSeconds: 60 })
}

/** Creating never overwrites: what a name that is taken is held by, and the ways out. */
export function nameTaken(place: string, wanted: string, holder: TargetSecret | null): AppError {
  return new AppError("conflict", nameTakenBecause(place, wanted, holder), { fields: { name: "This name is taken." } })
}

function nameTakenBecause(place: string, wanted: string, holder: TargetSecret | null): string {
  if (holder === null || (holder.state !== "deleted" && holder.currentVersion === 0)) {
    return `${wanted} is being created in ${place} by somebody else right now. Try again in a moment.`
  }
  if (holder.state !== "deleted") {
    return `${holder.name} is in ${place} already. Write a new version of it, or choose another name.`
  }
  const date = holder.purgeAfter?.toISOString().slice(0, 10) ?? "it is destroyed"
  return `A deleted secret holds the name ${holder.name} in ${place} until ${date}. Restore it, destroy it, wait, or choose another name.`
}

function ago(seconds: number): string {
  if (seconds < 45) return "just now"
  if (seconds < 90) return "a minute ago"
  if (seconds < 3_600) return `${Math.round(seconds / 60)} minutes ago`
  if (seconds < 5_400) return "an hour ago"
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} hours ago`
  const days = Math.round(seconds / 86_400)
  return days === 1 ? "a day ago" : `${days} days ago`
}

/** A transfer has bound it to another place since it was looked up. */
export function keptElsewhere(name: string): AppError {
  const message = `${name} was moved to another provider just now. Nothing was written: send it again.`
  return new AppError("conflict", message, { retryAfterSeconds: 1 })
}
