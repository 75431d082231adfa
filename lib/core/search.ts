/** Finds names for the palette: only what the person may see. */
import type { SearchHit } from "../contract/dto.ts"
import { searchNames } from "../db/search.ts"
import { callingPerson, mayAt } from "./authorize.ts"
import type { UseCase, UseCases } from "./context.ts"

const search: UseCase<"search"> = async (context, { text, limit }) => {
  const caller = callingPerson(context)
  const roots = caller.roles.map(({ scopePath }) => scopePath)
  const peopleRoots = caller.roles
    .map(({ scopePath }) => scopePath)
    .filter((path) => mayAt(caller, "people.read", { path }))
  const found = await searchNames(context.house.database.prisma, {
    organizationId: caller.organizationId,
    roots,
    peopleRoots,
    text,
    limit,
  })
  return { items: found satisfies SearchHit[] }
}

export const searching: UseCases<"search"> = { search }
