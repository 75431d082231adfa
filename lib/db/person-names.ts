import type { Transaction } from "./database.ts"

/** What a person is called; undefined when the organization has no such person. */
export async function findPersonName(db: Transaction, organizationId: string, id: string): Promise<string | undefined> {
  const person = await db.person.findUnique({
    where: { organizationId_id: { organizationId, id } },
    select: { name: true },
  })
  return person?.name
}
