/**
 * Changing a registered provider. Another address, or another place there, takes the approval back; another host, port
 * or authority drops the credential, so it has to be entered again in the same call.
 */
import type { ProviderConsent, ProviderStatus } from "../../contract/words.ts"
import { recordCheck } from "../../db/provider-checks.ts"
import { usesOf } from "../../db/provider-uses.ts"
import {
  approveProvider as approve,
  changeProvider as change,
  type ProviderChange,
  removeProvider,
  type StoredProvider,
} from "../../db/providers.ts"
import { AppError } from "../../errors.ts"
import { type Credential, ProviderError, type RemoteProvider, type Settings } from "../../providers/provider.ts"
import { canonicalJson } from "../audit.ts"
import { authorize, type Permit, requireFreshSignIn } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { guess } from "../identity/guessing.ts"
import { resolveNotices } from "../notices/notices.ts"
import { isRegistrar } from "./approval.ts"
import { belongingOf } from "./backends.ts"
import { requirePassedCheck } from "./drafts.ts"
import { detailNow, findOwn } from "./looking.ts"
import { forget } from "./registering.ts"
import { parseSettings, requireConsents, requireCredential } from "./settings-input.ts"
import { againstRegistered, failuresIn, reportOf, type Tried, troubleIn, tryOut } from "./trying.ts"

const changeProvider: UseCase<"changeProvider"> = async (context, input) => {
  const permit = await authorize(context, "delegate", input.scope)
  const provider = await findOwn(context, permit, input.provider)
  const { settings, check, consents = provider.consents, ...rest } = input
  const credential = Object.keys(input.credential ?? {}).length === 0 ? undefined : input.credential
  const times = timesOf(rest)
  const changed = [...(settings ? ["settings"] : []), ...(credential ? ["credential"] : []), ...Object.keys(times)]
  context.about({ details: { changed: changed.join(", ") } })
  if (settings === undefined && credential === undefined) {
    await save(context, provider, { ...times, endsSession: false })
  } else {
    const kind = context.house.backends.kind(provider.kind)
    refuseDeclared(provider)
    const next = settings === undefined ? provider.settings : parseSettings(kind, settings)
    await changeSettings(context, permit, provider, { kind, settings: next, credential, check, consents, times })
  }
  return detailNow(context, permit, input.provider)
}

const replaceCredential: UseCase<"replaceCredential"> = async (context, input) => {
  const permit = await authorize(context, "delegate", input.scope)
  const provider = await findOwn(context, permit, input.provider)
  const { house } = context
  refuseDeclared(provider)
  const kind = house.backends.kind(provider.kind)
  const { settings } = provider
  const consents = input.consents ?? provider.consents
  requireCredential(kind, settings, input.credential)
  await guess(house, "provider checks of person", permit.caller.id)
  const tried = againstRegistered(
    await tryOut(kind, settings, house.backends.hostForTrying(input.credential)),
    provider,
  )
  if (!tried.result.passed) throw didntPass(`${provider.name} keeps the credential that it has`, tried)
  requireConsents(tried.result.needsConsent, consents)
  const credential = await seal(context, provider, kind, settings, input.credential)
  await save(
    context,
    provider,
    { credential, consents: kept(consents, tried), canWrite: tried.result.canWrite, endsSession: true },
    tried,
  )
  forget(input.credential)
  return detailNow(context, permit, input.provider)
}

const approveProvider: UseCase<"approveProvider"> = async (context, input) => {
  const permit = await authorize(context, "delegate", input.scope)
  requireFreshSignIn(permit.caller, new Date())
  const provider = await findOwn(context, permit, input.provider)
  const target = context.house.backends.kind(provider.kind).targetOf(provider.settings)
  context.about({ details: { target } })
  if (input.target !== target) {
    throw new AppError(
      "conflict",
      `Values of ${provider.name} go to ${target}, which isn't what you read. Read it again.`,
      {
        fields: { target: `It is ${target}.` },
      },
    )
  }
  if (isRegistrar(provider, permit.caller)) {
    throw new AppError(
      "forbidden",
      `You typed this address yourself, so somebody else approves it: an owner, an admin or another lead of ${permit.scope.path}.`,
    )
  }
  await context.commit(async (tx) => {
    if (!(await approve(tx, provider, permit.caller.id))) throw changedMeanwhile(provider)
  })
  return detailNow(context, permit, input.provider)
}

const unregisterProvider: UseCase<"unregisterProvider"> = async (context, input) => {
  const permit = await authorize(context, "delegate", input.scope)
  const provider = await findOwn(context, permit, input.provider)
  if (provider.source === "environment" && context.house.backends.declared !== undefined) {
    throw new AppError(
      "conflict",
      `The operator's environment declares ${provider.name}. It can be unregistered once it isn't declared there any more.`,
    )
  }
  await context.commit(async (tx) => {
    const uses = await usesOf(tx, provider)
    refuseInUse(provider, uses)
    const { organizationId, id } = provider
    await resolveNotices(tx, { organizationId, subject: `provider:${id}` }, [
      "provider.sealed",
      "provider.unreachable",
      "provider.credential_expiring",
    ])
    await removeProvider(tx, provider)
  })
  return {}
}

export const changingProviders: UseCases<
  "changeProvider" | "replaceCredential" | "approveProvider" | "unregisterProvider"
> = { changeProvider, replaceCredential, approveProvider, unregisterProvider }

interface SettingsChange {
  kind: RemoteProvider
  settings: Settings
  credential: Credential | undefined
  check: string | undefined
  consents: readonly ProviderConsent[]
  times: Partial<Pick<StoredProvider, "cacheSeconds" | "staleSeconds" | "checkSeconds">>
}

async function changeSettings(
  context: Context,
  permit: Permit<"delegate">,
  provider: StoredProvider,
  wanted: SettingsChange,
): Promise<void> {
  const { kind, settings, consents, times } = wanted
  const { scope, caller } = permit
  const movesTo = kind.targetOf(settings)
  const isMoved = movesTo !== kind.targetOf(provider.settings) || isElsewhere(kind, provider.settings, settings)
  if (isMoved) {
    context.about({ class: "delegation", details: { from: kind.targetOf(provider.settings), target: movesTo } })
    requireFreshSignIn(caller, new Date())
  }
  const tried = await checkChange(context, permit, provider, wanted)
  if (!tried.result.passed) throw didntPass(`${provider.name} stays as it is`, tried)
  requireConsents(tried.result.needsConsent, consents)
  await refuseOtherCluster(context, provider, tried)
  const found = { ...tried.result.settings }
  const typed = wanted.credential
  const credential = typed === undefined ? undefined : await seal(context, provider, kind, found, typed)
  forget(typed ?? {})
  await save(
    context,
    provider,
    {
      ...times,
      settings: found,
      consents: kept(consents, tried),
      clusterId: tried.result.clusterId ?? (isMoved ? null : provider.clusterId),
      canWrite: tried.result.canWrite,
      ...(credential && { credential }),
      ...(isMoved && {
        moved: {
          byId: caller.id,
          approved: scope.protection === "recorded" ? { byId: caller.id } : undefined,
        },
      }),
      // Another role or another mount to sign in at: what was signed in before would be renewed for ever.
      endsSession: isMoved || credential !== undefined || canonicalJson(found) !== canonicalJson(provider.settings),
    },
    tried,
  )
}

/** With a credential that is typed, the check that the caller names; with the one that is kept, a check of now. */
async function checkChange(
  context: Context,
  { scope, caller }: Permit<"delegate">,
  provider: StoredProvider,
  { kind, settings, credential, check }: SettingsChange,
): Promise<Tried> {
  const { house } = context
  if (credential !== undefined) {
    requireCredential(kind, settings, credential)
    if (check === undefined) throw checkIsMissing()
    return requirePassedCheck(house, scope, check, { kind, settings, credential })
  }
  requireSameCredential(kind, provider, settings)
  await guess(house, "provider checks of person", caller.id)
  try {
    const { credential: keptCredential } = await house.backends.hostOf(provider)
    return await tryOut(kind, settings, house.backends.hostForTrying(keptCredential))
  } catch (error) {
    if (error instanceof ProviderError) throw enterCredential(kind, settings, error.message)
    throw error
  }
}

/** The credential that is kept is for its address alone, and for its way of signing in. */
function requireSameCredential(kind: RemoteProvider, provider: StoredProvider, settings: Settings): void {
  if (isElsewhere(kind, provider.settings, settings)) {
    throw enterCredential(
      kind,
      settings,
      "The host, the port or the authority changes, and a credential never follows.",
    )
  }
  const [before, after] = [provider.settings, settings].map((each) => kind.credentialFieldsOf(each).join())
  if (before !== after) throw enterCredential(kind, settings, "Another way of signing in needs another credential.")
}

function isElsewhere(kind: RemoteProvider, before: Settings, after: Settings): boolean {
  return kind.endpointOf(before) !== kind.endpointOf(after)
}

function enterCredential(kind: RemoteProvider, settings: Settings, why: string): AppError {
  const fields = kind
    .credentialFieldsOf(settings)
    .map((field): [string, string] => [`credential.${field}`, "Enter it again."])
  return new AppError("invalid", `${why} Enter the credential again, and check it first.`, {
    fields: Object.fromEntries(fields),
  })
}

function checkIsMissing(): AppError {
  return new AppError("invalid", "Check these settings with this credential first, and name the check.", {
    fields: { check: "Check these settings first." },
  })
}

/** What is kept at one server isn't at another: then it is another provider, and the secrets move there. */
async function refuseOtherCluster({ house }: Context, provider: StoredProvider, { result }: Tried): Promise<void> {
  if (provider.clusterId === null || result.clusterId === null || provider.clusterId === result.clusterId) return
  const { organizationId, id: providerId } = provider
  const kept = await house.database.prisma.secret.count({
    where: { organizationId, providerId, state: { not: "destroyed" } },
  })
  if (kept === 0) return
  throw new AppError(
    "conflict",
    `Another server answers there than the one that keeps ${howMany(kept, "secret")} of ${provider.name}. Register it as a provider of its own, and move the secrets.`,
  )
}

async function seal(
  { house }: Context,
  { organizationId, id }: StoredProvider,
  kind: RemoteProvider,
  settings: Settings,
  credential: Credential,
): Promise<NonNullable<ProviderChange["credential"]>> {
  const belongsTo = belongingOf({ organizationId, id, settings: { ...settings } }, kind)
  return house.credentials.seal(belongsTo, { secrets: credential, notes: {} })
}

async function save(context: Context, provider: StoredProvider, changes: ProviderChange, tried?: Tried): Promise<void> {
  await context.commit(async (tx) => {
    if (tried !== undefined) {
      const { result } = tried
      const { status, canWrite } = result
      await recordCheck(tx, provider, { status, text: troubleIn(tried), report: reportOf(tried), canWrite })
      const { organizationId, id } = provider
      if (isFine(status)) {
        await resolveNotices(tx, { organizationId, subject: `provider:${id}` }, [
          "provider.sealed",
          "provider.unreachable",
        ])
      }
      await resolveNotices(tx, { organizationId, subject: `provider:${id}` }, ["provider.credential_expiring"])
    }
    if (!(await change(tx, provider, changes))) throw changedMeanwhile(provider)
  })
}

function isFine(status: ProviderStatus): boolean {
  return status === "up" || status === "standby"
}

function kept(consents: readonly ProviderConsent[], { result }: Tried): ProviderConsent[] {
  return consents.filter((consent) => result.needsConsent.includes(consent))
}

function timesOf(input: {
  cacheSeconds?: number | undefined
  staleSeconds?: number | undefined
  checkSeconds?: number | undefined
}): SettingsChange["times"] {
  const { cacheSeconds, staleSeconds, checkSeconds } = input
  return {
    ...(cacheSeconds !== undefined && { cacheSeconds }),
    ...(staleSeconds !== undefined && { staleSeconds }),
    ...(checkSeconds !== undefined && { checkSeconds }),
  }
}

function refuseDeclared({ source, name }: StoredProvider): void {
  if (source !== "environment") return
  throw new AppError(
    "conflict",
    `The operator's environment declares ${name}: its settings and credential are changed there.`,
  )
}

function refuseInUse({ name }: StoredProvider, uses: Awaited<ReturnType<typeof usesOf>>): void {
  const { secrets, unfinished, transfers, defaultOf } = uses
  const reasons = [
    ...(secrets > 0 ? [`it keeps ${howMany(secrets, "secret")}: move or destroy them first`] : []),
    ...(secrets === 0 && unfinished > 0 ? ["something is still being removed there: try again in a minute"] : []),
    ...(transfers > 0 ? ["secrets are being moved to or from it"] : []),
    ...(defaultOf.length > 0 ? [`new secrets of ${defaultOf.join(", ")} go there: choose another default first`] : []),
  ]
  if (reasons.length === 0) return
  throw new AppError("conflict", `${name} is in use: ${reasons.join("; ")}.`)
}

function howMany(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : "s"}`
}

function didntPass(whatStays: string, tried: Tried): AppError {
  return new AppError("conflict", `The check didn't pass, so ${whatStays}. ${failuresIn(tried)}`.trim())
}

function changedMeanwhile({ name }: StoredProvider): AppError {
  return new AppError("conflict", `${name} was changed meanwhile. Look at it again.`)
}
