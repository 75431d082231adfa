import { Prisma } from "./generated/client.ts"

/** True when the database refused a row because one with the same key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return refusalOf(error) === "23505"
}

/** True when two transactions waited for each other and this one was given up: nothing of it was kept. */
export function isDeadlock(error: unknown): boolean {
  return refusalOf(error) === "40P01"
}

/** Postgres's own code for a refusal. Prisma's depends on how it was asked: a model has others than raw SQL. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined
  return ["driverAdapterError", "cause", "originalCode"].reduce(fieldOf, error.meta)
}

function fieldOf(inside: unknown, name: string): unknown {
  if (typeof inside !== "object" || inside === null) return undefined
  return Object.getOwnPropertyDescriptor(inside, name)?.value
}
