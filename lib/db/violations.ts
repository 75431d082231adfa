import { Prisma } from "./generated/client.ts"

/** True when the database refused a row because one with the same key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002"
}
