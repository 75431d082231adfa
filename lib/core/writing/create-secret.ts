import { fold } from "../../contract/names.ts"
import type { Category } from "../../contract/words.ts"
import { newId } from "../../db/ids.ts"
import { findPersonName } from "../../db/person-names.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import type { Context, UseCase } from "../context.ts"
import { detailNow } from "../secrets/describe.ts"
import { refuseEnvironmentNameOf } from "../secrets/environment-name.ts"
import { takeValue } from "./new-version.ts"
import { nameTaken, unknownYet } from "./refusals.ts"
import { findPlaceToWrite, findTarget } from "./targets.ts"
import { describeWritten } from "./versions.ts"
import { type WriteEnd, type WriteOptions, writeFirst } from "./write.ts"

/** Keeps a new secret. It never overwrites: a name that is held, by a deleted secret too, is a conflict. */
export const createSecret: UseCase<"createSecret"> = async (context, input) => {
  const { vault, name } = input
  refuseEnvironmentNameOf(input)
  const { scope, target } = await findPlaceToWrite(context, { scope: input.scope, vault, secret: name })
  if (target.secret !== null) throw nameTaken(`${scope.path}/${vault}`, name, target.secret)
  await requirePerson(context, input.owner)
  const version = await takeValue(input.newValue, input.note)
  const event: WriteOptions["event"] = (facts) => context.takeEvent("done", facts)
  const end = await createIn(context, scope, {
    ...input,
    vaultId: target.vaultId,
    version,
    event,
    keyUse: context.keyUse,
  })
  if (end.outcome === "unknown") throw unknownYet(name)
  context.eventIsOut()
  const secret = await detailNow(context, scope, { scope: scope.path, vault, secret: name })
  return { outcome: end.outcome, secret, version: describeWritten(context.caller, end) }
}

export interface SecretToCreate extends Pick<WriteOptions, "version" | "event" | "keyUse"> {
  vault: string
  vaultId: string
  name: string
  category: Category | null
  description: string
  owner: string | null
  envName: string | null
  rotationDays: number | null
}

/** Makes the secret, or throws the conflict that says who holds its name. */
export async function createIn(context: Context, scope: ScopeRef, wanted: SecretToCreate): Promise<WriteEnd> {
  const { vault, vaultId, name, category, description, owner, envName, rotationDays, version, event, keyUse } = wanted
  const columns = {
    vaultId,
    name,
    foldedName: fold(name),
    category,
    description,
    ownerId: owner,
    envName,
    rotationDays,
  }
  const id = newId()
  const end = await writeFirst(
    context,
    { scope, vault },
    { id, ...columns },
    { kind: "createSecret", version, keyUse, event: (facts) => event({ ...facts, secret: { id, name } }) },
  )
  if (end !== "name_taken") return end
  const { secret: holder } = await findTarget(context, scope, { vault, name })
  throw nameTaken(`${scope.path}/${vault}`, name, holder)
}

async function requirePerson({ house, caller }: Context, id: string | null): Promise<void> {
  if (id === null || caller.kind === "nobody") return
  if ((await findPersonName(house.database.prisma, caller.organizationId, id)) !== undefined) return
  throw new AppError("invalid", "There is no such person.", {
    fields: { owner: "Choose somebody of this organization." },
  })
}
