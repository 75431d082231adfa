/** What is said of a secret beside its value. */
import { StrongroomError } from "../sdk/index.ts"
import type { GivenOptions, OptionSpecs } from "./command.ts"
import { wholeNumber } from "./numbers.ts"

export const categories = ["provider_credentials", "infrastructure", "integration", "agent"] as const
export type Category = (typeof categories)[number]

export const metadataOptions = {
  category: { type: "string", value: "CATEGORY", about: categories.join(", ") },
  description: { type: "string", value: "TEXT", about: "what it is for" },
  "env-name": { type: "string", value: "NAME", about: "the environment variable that it arrives in" },
  "rotation-days": { type: "string", value: "DAYS", about: "after how many days it is due for another value" },
} as const satisfies OptionSpecs

export interface Metadata {
  category?: Category
  description?: string
  envName?: string
  rotationDays?: number
}

export function metadataOf(options: GivenOptions<typeof metadataOptions>): Metadata {
  const { category, description, "env-name": envName, "rotation-days": days } = options
  return {
    ...(category !== undefined && { category: readCategory(category) }),
    ...(description !== undefined && { description }),
    ...(envName !== undefined && { envName }),
    ...(days !== undefined && { rotationDays: wholeNumber("rotation-days", days) }),
  }
}

/** @throws StrongroomError `invalid` for a category that there isn't */
export function readCategory(text: string): Category {
  const found = categories.find((known) => known === text)
  if (found !== undefined) return found
  throw new StrongroomError("invalid", `A category is one of: ${categories.join(", ")}.`)
}
