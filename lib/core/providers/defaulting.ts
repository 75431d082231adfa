/** Where new secrets of a scope are kept. Choosing it is a delegation: others' values go there from then on. */
import { builtInName } from "../../contract/words.ts"
import { type OwnDefault, setDefault } from "../../db/provider-defaults.ts"
import type { Permit } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { notApproved } from "../stores.ts"
import { takesValuesOf } from "./approval.ts"
import { findVisible, listFor } from "./looking.ts"
import { authorizeRegistering, cantBeDefault } from "./registering.ts"

/**
 * A scope that asks for two people isn't asked for a second one here: values go to no address that a second person
 * hasn't approved, whatever the default.
 */
const setDefaultProvider: UseCase<"setDefaultProvider"> = async (context, input) => {
  const permit = await authorizeRegistering(context, input.scope)
  const { scope, caller } = permit
  const choice = await choiceOf(context, permit, input.provider)
  context.about({ details: { default: input.provider ?? "what the wider scope does" } })
  await context.commit((tx) => setDefault(tx, scope, choice))
  return { items: await listFor(context.house, scope, caller) }
}

export const choosingDefaults: UseCases<"setDefaultProvider"> = { setDefaultProvider }

async function choiceOf(
  context: Context,
  { scope, caller }: Permit<"delegate">,
  name: string | null,
): Promise<OwnDefault> {
  if (name === null) return { kind: "inherit" }
  if (name === builtInName) return { kind: "built_in" }
  const provider = await findVisible(context, scope, name)
  if (!provider.canWrite) throw cantBeDefault(name)
  if (!takesValuesOf(provider, scope.protection, caller)) throw notApproved(provider, scope.protection)
  return { kind: "provider", providerId: provider.id }
}
