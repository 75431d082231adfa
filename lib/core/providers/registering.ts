/**
 * Registering a backend: after a passed check, its settings are kept, its credential is sealed for its address alone,
 * and its address counts as approved at once, or waits for a second person where the scope is protected by two.
 */
import { builtInName } from "../../contract/words.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { setDefault } from "../../db/provider-defaults.ts"
import { removeDrafts } from "../../db/provider-drafts.ts"
import { addProvider, findProvidersAround } from "../../db/providers.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import type { Credential, RemoteProvider } from "../../providers/provider.ts"
import { authorize, type Permit, requireFreshSignIn } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { belongingOf } from "./backends.ts"
import { requirePassedCheck } from "./drafts.ts"
import { detailNow } from "./looking.ts"
import { parseSettings, requireConsents, requireCredential } from "./settings-input.ts"
import { reportOf, type Tried, troubleIn } from "./trying.ts"

const registerProvider: UseCase<"registerProvider"> = async (context, input) => {
  const permit = await authorizeRegistering(context, input.scope)
  const kind = context.house.backends.kind(input.kind)
  const settings = parseSettings(kind, input.settings)
  requireCredential(kind, settings, input.credential)
  const { credential, consents } = input
  const tried = await requirePassedCheck(context.house, permit.scope, input.check, { kind, settings, credential })
  requireConsents(tried.result.needsConsent, consents)
  await register(context, permit, { ...input, kind, credential, tried })
  forget(credential)
  return detailNow(context, permit, input.name)
}

export const registeringProviders: UseCases<"registerProvider"> = { registerProvider }

/**
 * The permit to say where values go: the permission to delegate, and a fresh sign-in. Where a scope asks for two people,
 * it isn't refused: what is registered waits for the second.
 */
export async function authorizeRegistering(context: Context, scopePath: string): Promise<Permit<"delegate">> {
  const permit = await authorize(context, "delegate", scopePath)
  requireFreshSignIn(permit.caller, new Date())
  return permit
}

export interface Registration {
  kind: RemoteProvider
  name: string
  credential: Credential
  /** A passed check of these settings and this credential. */
  tried: Tried
  consents: readonly Tried["result"]["needsConsent"][number][]
  cacheSeconds: number
  staleSeconds: number
  checkSeconds: number
  makeDefault: boolean
}

/** Saves it, with the operation's event. Throws `conflict` for a name that is taken. */
export async function register(
  context: Context,
  permit: Permit<"delegate">,
  registration: Registration,
): Promise<void> {
  const { scope, caller } = permit
  const { house } = context
  const { kind, name, tried, makeDefault, cacheSeconds, staleSeconds, checkSeconds } = registration
  const { organizationId, id: scopeId } = scope
  await refuseTakenName(context, scope, name)
  if (makeDefault && !tried.result.canWrite) throw cantBeDefault(name)
  const id = newId()
  const settings = { ...tried.result.settings }
  const { credentials } = house
  const belongsTo = belongingOf({ organizationId, id, settings }, kind)
  const credential = await credentials.seal(belongsTo, { secrets: registration.credential, notes: {} })
  const approved = scope.protection === "recorded" ? { byId: caller.id } : undefined
  const { needsConsent, clusterId, canWrite, status } = tried.result
  context.about({
    target: { kind: "provider", id, name },
    details: {
      kind: kind.kind,
      target: kind.targetOf(settings),
      approved: approved === undefined ? "waits for a second person" : "by the registrar",
      makeDefault,
    },
  })
  const save = async (tx: Transaction): Promise<void> => {
    await addProvider(tx, {
      organizationId,
      id,
      scopeId,
      name,
      kind: kind.kind,
      settings,
      source: "registered",
      consents: registration.consents.filter((consent) => needsConsent.includes(consent)),
      credential,
      clusterId,
      canWrite,
      status,
      text: troubleIn(tried),
      report: reportOf(tried),
      cacheSeconds,
      staleSeconds,
      checkSeconds,
      createdById: caller.id,
      approved,
    })
    if (makeDefault) await setDefault(tx, scope, { kind: "provider", providerId: id })
    // What was tried under this name, however often, has come to its end.
    await removeDrafts(tx, { organizationId, scopeId, name })
  }
  await refusingTaken(name, scope.path, () => context.commit(save))
}

export function cantBeDefault(name: string): AppError {
  return new AppError("conflict", `The credential of ${name} can't write, so new secrets can't be kept there.`, {
    fields: { makeDefault: "Its credential can't write." },
  })
}

/**
 * Throws `conflict` for the built-in store's name, and for one that a provider has at a scope above or beneath: from
 * one scope, a name means one provider.
 */
export async function refuseTakenName({ house }: Context, scope: ScopeRef, name: string): Promise<void> {
  if (name === builtInName) throw taken(name, "every scope")
  const [other] = await findProvidersAround(house.database.prisma, scope, name)
  if (other !== undefined) throw taken(name, other.scope)
}

/** Overwrites what was typed. */
export function forget(credential: Credential): void {
  for (const secret of Object.values(credential)) secret.wipe()
}

async function refusingTaken(name: string, scope: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw isUniqueViolation(error) ? taken(name, scope) : error
  }
}

function taken(name: string, scope: string): AppError {
  return new AppError("conflict", `There is a provider "${name}" at ${scope} already. Choose another name.`, {
    fields: { name: "This name is taken." },
  })
}
