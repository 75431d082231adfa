/**
 * A team's own credential, made from an admin's that is in memory for this one call alone and forgotten after it. What
 * was made is listed with the commands that undo it, in the answer and in the event, also when it ends midway.
 */

import type { ParsedInputOf } from "../../contract/api.ts"
import type { MadeAtBackend } from "../../contract/dto.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError, isAppError } from "../../errors.ts"
import {
  type Bootstrap,
  type BootstrapOptions,
  type CheckLine,
  ProviderError,
  type RemoteProvider,
  type Settings,
} from "../../providers/provider.ts"
import { authorize, type Permit } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { guess } from "../identity/guessing.ts"
import { fromStore } from "../writing/store-errors.ts"
import { detailNow } from "./looking.ts"
import { authorizeRegistering, forget, refuseTakenName, register } from "./registering.ts"
import { parseSettings, requireConsents } from "./settings-input.ts"
import { failuresIn, tryOut } from "./trying.ts"

const planBootstrap: UseCase<"planBootstrap"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  const { bootstrap, settings, options } = bootstrapOf(context, scope, input)
  try {
    const { steps, policy } = bootstrap.plan(settings, options)
    return { steps, policy }
  } catch (error) {
    if (error instanceof ProviderError) throw fromStore(error, input.name)
    throw error
  }
}

const bootstrapProvider: UseCase<"bootstrapProvider"> = async (context, input) => {
  try {
    const permit = await authorizeRegistering(context, input.scope)
    const prepared = bootstrapOf(context, permit.scope, input)
    context.about({ target: { kind: "provider", id: input.name, name: input.name } })
    await refuseTakenName(context, permit.scope, input.name)
    await guess(context.house, "provider checks of person", permit.caller.id)
    return await makeAndRegister(context, permit, input, prepared)
  } finally {
    input.adminToken.wipe()
  }
}

export const bootstrappingProviders: UseCases<"planBootstrap" | "bootstrapProvider"> = {
  planBootstrap,
  bootstrapProvider,
}

type Input = ParsedInputOf<"bootstrapProvider">
type Output = Awaited<ReturnType<UseCase<"bootstrapProvider">>>

interface Prepared {
  kind: RemoteProvider
  bootstrap: Bootstrap
  settings: Settings
  options: BootstrapOptions
}

function bootstrapOf(
  { house }: Context,
  scope: ScopeRef,
  input: Pick<Input, "kind" | "settings" | "makePlace">,
): Prepared {
  const kind = house.backends.kind(input.kind)
  const { bootstrap } = kind
  if (bootstrap === undefined) {
    throw new AppError(
      "unsupported",
      `A credential of a team's own can't be made at a provider of the kind ${input.kind}.`,
    )
  }
  const options = { team: teamOf(scope), makePlace: input.makePlace }
  return { kind, bootstrap, settings: parseSettings(kind, input.settings), options }
}

/** The scope's path, as it is unique here and tells people whose it is; its last slug where that would be too long. */
function teamOf({ path }: ScopeRef): string {
  return path.length <= 100 ? path : (path.split(".").at(-1) ?? path)
}

async function makeAndRegister(
  context: Context,
  permit: Permit<"delegate">,
  input: Input,
  { kind, bootstrap, settings, options }: Prepared,
): Promise<Output> {
  const { backends } = context.house
  const made: MadeAtBackend[] = []
  const lines: CheckLine[] = []
  const incomplete = (problem: string): Output => {
    context.about({ details: { outcome: "incomplete", problem } })
    return { outcome: "incomplete", made, problem, lines, provider: null }
  }
  try {
    // An admin token is a token, whatever way of signing in was typed: it is nobody's secret id, and no JWT for others.
    const { settings: planned } = bootstrap.plan(settings, options)
    const first = await lookBefore(context, kind, planned, input)
    if (first !== undefined) return incomplete(first)
    const host = backends.hostForTrying({})
    const { settings: found, credential } = await bootstrap.run(settings, options, input.adminToken, host, (thing) => {
      made.push(thing)
      context.about({ details: { [`made ${String(made.length)}`]: inWords(thing) } })
    })
    const tried = await tryOut(kind, found, backends.hostForTrying(credential), (line) => lines.push(line))
    if (!tried.result.passed) return incomplete(`What was made didn't pass its check. ${failuresIn(tried)}`)
    requireConsents(tried.result.needsConsent, input.consents)
    await register(context, permit, { ...input, kind, credential, tried })
    forget(credential)
  } catch (error) {
    if (error instanceof ProviderError) return incomplete(error.message)
    // What exists there must be told, whatever went wrong here.
    if (isAppError(error) && made.length > 0) return incomplete(wordsOf(error))
    throw error
  }
  const provider = await detailNow(context, permit, input.name)
  return { outcome: "registered", made, problem: null, lines, provider }
}

/**
 * Looks who answers before anything is made there: so that a backend that is sealed gets nothing half made, and what
 * has to be ticked is ticked before. Answers what prevents it.
 */
async function lookBefore(
  { house }: Context,
  kind: RemoteProvider,
  settings: Settings,
  { adminToken, consents }: Input,
): Promise<string | undefined> {
  const [field, more] = kind.credentialFieldsOf(settings)
  if (field === undefined || more !== undefined) return undefined
  const tried = await tryOut(kind, settings, house.backends.hostForTrying({ [field]: adminToken }))
  const { status, needsConsent } = tried.result
  if (cantBegin.has(status)) return failuresIn(tried) || "The backend can't be used as it is."
  // An admin's token may be root or somebody's own: it isn't what is kept.
  requireConsents(
    needsConsent.filter((consent) => consent !== "root_token" && consent !== "personal_token"),
    consents,
  )
  return undefined
}

const cantBegin: ReadonlySet<string> = new Set(["sealed", "uninitialized", "tls", "unreachable", "unauthenticated"])

function inWords({ kind, name, isNew, undo }: MadeAtBackend): string {
  return `${kind} ${name}${isNew ? "" : " (was there)"}${undo === null ? "" : `; undo: ${undo}`}`
}

function wordsOf({ message, fields }: AppError): string {
  return fields?.consents === undefined ? message : `${message} (${fields.consents})`
}
