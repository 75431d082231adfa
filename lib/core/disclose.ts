/**
 * Where values leave: the three machine reads. Every request is checked in Postgres, with nothing remembered from the
 * one before, and no value is opened for anybody before the event that says so is durable.
 *
 *   a machine's token? → whose, and what does it lead to (one statement per turn) → may it → decrypt →
 *   event and fetch (one commit for all who wait) → open and answer
 *
 * What a remote store keeps is fetched for each request by itself, so that one which is slow holds up nobody else.
 *
 * A person's credential is refused by its form, before anything is looked up: no person reads a value.
 */
import { isUtf8 } from "node:buffer"
import type { AnswerOf, ConditionalName, OutputOf, ParsedInputOf } from "../contract/api.ts"
import type { Disclosure } from "../contract/dto.ts"
import { operations } from "../contract/operations.ts"
import { builtInName, type Outcome } from "../contract/words.ts"
import type { ParsedToken } from "../crypto/tokens.ts"
import type { Link } from "../db/audit-log.ts"
import { noteAccessToken } from "../db/credentials.ts"
import type { Fetch } from "../db/disclosures.ts"
import * as hotReads from "../db/hot-reads.ts"
import { inBatches } from "../db/in-batches.ts"
import { together } from "../db/together.ts"
import { AppError, isAppError } from "../errors.ts"
import { describeError, log } from "../log.ts"
import { expose, Secret } from "../secret.ts"
import { type EventFacts, makeEntry } from "./audit.ts"
import type { AuditWriter } from "./audit-writer.ts"
import type { Caller, Credential, MachineCaller, RequestFacts } from "./caller.ts"
import type { House, UseCases } from "./context.ts"
import { type Confirmations, openConfirmations } from "./disclosing/confirmations.ts"
import {
  damaged,
  etagOf,
  type Granted,
  isHeld,
  isRemote,
  type Loaded,
  type ReadableSecret,
  type SealedSecret,
} from "./disclosing/granted.ts"
import { accessTokenOf, callerOf, faultOf, isOfAPerson } from "./disclosing/machine.ts"
import { openRecorder, type RecordDisclosure, unavailable } from "./disclosing/recorder.ts"
import {
  Moved,
  openRemoteReads,
  type ReadRemote,
  type RemoteFailure,
  type RemoteValue,
  refusalOf,
} from "./disclosing/remote.ts"
import { type About, grantValue, grantValues, questionOfValue, questionsOfValues } from "./disclosing/values.ts"
import { authenticate, notGood } from "./identity/authenticate.ts"
import { asAppError, noPersonReads, outcomeOf, parseInput, signInFirst } from "./perform.ts"
import { findPlace } from "./resolving/place.ts"
import { grantReferences, questionsOfReferences } from "./resolving/references.ts"
import { grantSet } from "./resolving/set.ts"
import { openSealed } from "./sealing.ts"

export interface Disclosures {
  /** Answers a machine read. Throws AppError; whatever happens, exactly one event tells of it. */
  answer<Name extends ConditionalName>(
    name: Name,
    credential: Credential,
    input: unknown,
    request: RequestFacts,
  ): Promise<AnswerOf<Name>>
}

export function openDisclosures(house: House, audit: AuditWriter, link: Link): Disclosures {
  const desk = openDesk(house, audit, link)
  return {
    answer: async (name, credential, input, request) => {
      const token = accessTokenOf(credential)
      if (token === undefined) throw await refuse(desk, name, credential, request)
      return new Reading(desk, name, token, request).answer(input)
    },
  }
}

/**
 * For callers who are known without a credential (jobs, tests): people are refused before it comes to this, and a
 * machine's token must be looked up with what it leads to.
 */
export const machineReads: UseCases<ConditionalName> = {
  readValue: needsToken,
  readValues: needsToken,
  resolve: needsToken,
  resolveReferences: needsToken,
}

function needsToken(): Promise<never> {
  return Promise.reject(new AppError("forbidden", "A value is read with an access token alone."))
}

/** What every reading uses: lookups that are asked together, and commits that are shared. */
interface Desk {
  house: House
  audit: AuditWriter
  findValue(question: hotReads.ValueQuestion): Promise<hotReads.ValueFinding>
  findSet(question: hotReads.SetQuestion): Promise<hotReads.SetFinding>
  record: RecordDisclosure
  readRemote: ReadRemote
  sets: Confirmations
}

function openDesk(house: House, audit: AuditWriter, link: Link): Desk {
  const { database } = house
  return {
    house,
    audit,
    findValue: inBatches((questions: hotReads.ValueQuestion[]) =>
      together(questions, (some) => hotReads.findValues(database, some)),
    ),
    findSet: inBatches(
      (questions: hotReads.SetQuestion[]) => together(questions, (some) => hotReads.findSets(database, some)),
      { lanes: 2 },
    ),
    record: openRecorder(database, link),
    readRemote: openRemoteReads(house),
    sets: openConfirmations(house.readCache.now),
  }
}

/** Whose token it is, and what is granted, which throws for what isn't. */
interface Asked<Output> {
  machine: hotReads.KnownMachine | null
  grant(machine: MachineCaller, about: About): Granted<Output>
}

type Ask<Name extends ConditionalName> = (
  desk: Desk,
  token: ParsedToken,
  input: ParsedInputOf<Name>,
) => Promise<Asked<OutputOf<Name>>>

const ask: { readonly [Name in ConditionalName]: Ask<Name> } = {
  readValue: async (desk, token, input) => {
    const found = await desk.findValue(questionOfValue(token.hash, input))
    return { machine: found.machine, grant: (machine, about) => grantValue(machine, input, found, about) }
  },
  readValues: async ({ house }, token, input) => {
    const found = await hotReads.findValues(house.database, questionsOfValues(token.hash, input))
    return {
      machine: found[0]?.machine ?? null,
      grant: (machine, about) => grantValues(machine, input, found, about),
    }
  },
  resolve: async (desk, token, input) => {
    const { database } = desk.house
    const place = await findPlace(database, token.hash, input)
    const found = await desk.findSet({ tokenHash: token.hash, scope: place.scope })
    return {
      machine: found.machine,
      grant: (machine, about) => grantSet(database, machine, { ...input, place }, found, about),
    }
  },
  resolveReferences: async ({ house }, token, input) => {
    const place = await findPlace(house.database, token.hash, input)
    const found = await hotReads.findValues(house.database, questionsOfReferences(token.hash, input, place))
    return {
      machine: found[0]?.machine ?? null,
      grant: (machine, about) => grantReferences(machine, { ...input, place }, found, about),
    }
  },
}

/** One read by one machine, with the one event that it leaves. */
class Reading<Name extends ConditionalName> {
  readonly #desk: Desk
  readonly #name: Name
  readonly #token: ParsedToken
  readonly #request: RequestFacts
  #facts: EventFacts = {}
  #lookedUpAt = new Date(0)

  constructor(desk: Desk, name: Name, token: ParsedToken, request: RequestFacts) {
    this.#desk = desk
    this.#name = name
    this.#token = token
    this.#request = request
  }

  /** What turns out to have been changed at its backend is looked up again. */
  async answer(input: unknown): Promise<AnswerOf<Name>> {
    for (let round = 1; ; round++) {
      const answer = await this.#tryToAnswer(input, round === mostRounds)
      if (answer !== "moved") return answer
      this.#facts = {}
    }
  }

  async #tryToAnswer(input: unknown, isLast: boolean): Promise<AnswerOf<Name> | "moved"> {
    const asked = await this.#ask(input).catch((cause: unknown) => {
      throw isAppError(cause) ? cause : unavailable(cause)
    })
    // A token that nobody was given belongs to no organization, so no log has a place for it.
    if (asked.machine === null) throw notGood()
    const machine = callerOf(asked.machine)
    this.#lookedUpAt = asked.machine.lookedUpAt
    try {
      this.#refuseFaulty(asked.machine)
      return await this.#disclose(machine, asked.grant(machine, this.#about))
    } catch (error) {
      if (error instanceof Moved && !isLast) return "moved"
      const fault = error instanceof Moved ? unavailable(error) : asAppError(error)
      await this.#record(machine, outcomeOf(fault), fault.code, [])
      throw fault
    }
  }

  /** An input that isn't right is told to whoever has a good token, so the token is looked up all the same. */
  async #ask(input: unknown): Promise<Asked<OutputOf<Name>>> {
    const parsed = tryToParse(this.#name, input)
    if (!(parsed instanceof AppError)) return ask[this.#name](this.#desk, this.#token, parsed)
    const { machine } = await this.#desk.findSet({ tokenHash: this.#token.hash, scope: null })
    const refuse = (): never => {
      throw parsed
    }
    return { machine, grant: refuse }
  }

  #refuseFaulty(machine: hotReads.KnownMachine): void {
    const fault = faultOf(machine, this.#token, this.#request.address)
    if (fault !== undefined) {
      this.#about({ details: { fault } })
      throw notGood()
    }
    if (machine.wantsNote) this.#noteUse(machine)
  }

  async #disclose(machine: MachineCaller, granted: Granted<OutputOf<Name>>): Promise<AnswerOf<Name>> {
    const { etag } = granted
    const holds = isHeld(this.#request.ifNoneMatch, etag)
    if (holds && (!granted.asksElsewhere || this.#desk.sets.isCertain(etag))) return this.#confirm(machine, granted)
    const { loaded, opened, isWhole } = await open(this.#desk, machine, await granted.load())
    if (granted.confirmed.length === 0 && isWhole) this.#desk.sets.note(etag, certainUntil(opened))
    const stale = opened.filter(({ staleSince }) => staleSince !== undefined)
    if (holds && isWhole && stale.length === 0) {
      for (const { value } of opened) value.wipe()
      return this.#confirm(machine, granted)
    }
    this.#about(loaded.about)
    if (stale.length > 0) this.#about(aboutStale(stale))
    await this.#recordDone(machine, loaded.secrets)
    const output = loaded.compose(
      opened.map(toDisclosure),
      opened.map(({ provider }) => provider),
    )
    // What is left out is asked for again: its tag is of this answer alone, and never confirmed.
    const tag = isWhole ? etag : etagOf([etag, "without", ...loaded.secrets.map(({ id }) => id)])
    return { ...output, etag: tag } as AnswerOf<Name> // OutputOf<Name> with its tag, which is what AnswerOf says
  }

  async #confirm(machine: MachineCaller, { etag, confirmed }: Granted<OutputOf<Name>>): Promise<AnswerOf<Name>> {
    this.#about({ details: { notModified: true } })
    await this.#recordDone(machine, confirmed)
    return { notModified: true, etag } as AnswerOf<Name> // the one answer that all machine reads share
  }

  async #recordDone(machine: MachineCaller, secrets: readonly ReadableSecret[]): Promise<void> {
    const { organizationId, id: serviceAccountId } = machine
    const fetches = secrets.map(({ id: secretId, version, fetchedLately }) => {
      return { organizationId, secretId, serviceAccountId, version, notedLately: fetchedLately }
    })
    await this.#record(machine, "done", null, fetches)
  }

  #record(machine: MachineCaller, outcome: Outcome, reason: string | null, fetches: readonly Fetch[]): Promise<void> {
    const header = { ...operations[this.#name].audit, outcome, reason }
    const row = makeEntry(header, machine, this.#request, this.#facts)
    return this.#desk.record({ row, fetches, at: this.#lookedUpAt })
  }

  readonly #about: About = (facts) => {
    this.#facts = { ...this.#facts, ...facts, details: { ...this.#facts.details, ...facts.details } }
  }

  /** When a token was last used is nice to know: no request waits for it or fails with it. */
  #noteUse({ organizationId, tokenId: credentialId }: hotReads.KnownMachine): void {
    const { house } = this.#desk
    noteAccessToken(house.database, { organizationId, credentialId }, this.#request.address).catch((cause: unknown) => {
      log.warn("the last use of a token couldn't be noted", { cause: describeError(cause) })
    })
  }
}

/** How often a read begins anew for what was changed meanwhile. */
const mostRounds = 4

/** A value that is granted, closed still. */
interface Opened {
  secret: ReadableSecret
  value: Secret
  provider: string
  /** Of a remote store's value: until when that it is current needn't be asked again. */
  freshUntil?: Date
  /** Of one whose store can't be asked now: when it was read there. */
  staleSince?: Date
}

interface OpenedAll<Output> {
  loaded: Loaded<Output>
  /** In the order of its secrets. */
  opened: Opened[]
  /** False where it does without what stores can't give now. */
  isWhole: boolean
}

/** The values of what is granted: decrypting discloses nothing, and a damaged one fails before the event. */
async function open<Output>(desk: Desk, machine: MachineCaller, all: Loaded<Output>): Promise<OpenedAll<Output>> {
  if (areHere(all.secrets)) {
    return { loaded: all, opened: await openHere(desk.house, machine, all.secrets), isWhole: true }
  }
  // Those elsewhere first: none of ours is opened for an answer that fails.
  const { values, failures } = await desk.readRemote(machine.organizationId, all.secrets.filter(isRemote))
  try {
    const loaded = failures.length === 0 ? all : leaveOut(all, failures)
    const here = await openHere(desk.house, machine, loaded.secrets.filter(isSealed))
    const opened = new Map<ReadableSecret, Opened>(here.map((each) => [each.secret, each]))
    for (const [secret, { value, provider, ...times }] of values) {
      opened.set(secret, { secret, value, provider, ...timesOf(times) })
    }
    return { loaded, opened: loaded.secrets.flatMap((secret) => opened.get(secret) ?? []), isWhole: loaded === all }
  } catch (error) {
    for (const { value } of values.values()) value.wipe()
    throw error
  }
}

function leaveOut<Output>(loaded: Loaded<Output>, failures: readonly RemoteFailure[]): Loaded<Output> {
  if (loaded.without === undefined) throw refusalOf(failures)
  return loaded.without(failures)
}

function areHere(secrets: readonly ReadableSecret[]): secrets is readonly SealedSecret[] {
  return !secrets.some(isRemote)
}

function isSealed(secret: ReadableSecret): secret is SealedSecret {
  return !isRemote(secret)
}

function timesOf({
  isStale,
  fetchedAt,
  freshUntil,
}: Pick<RemoteValue, "isStale" | "fetchedAt" | "freshUntil">): Pick<Opened, "freshUntil" | "staleSince"> {
  return isStale ? { staleSince: fetchedAt } : { freshUntil }
}

async function openHere(
  house: House,
  { organizationId }: MachineCaller,
  secrets: readonly SealedSecret[],
): Promise<Opened[]> {
  const rows = secrets.map(({ id: secretId, version, sealed }) => ({ organizationId, secretId, version, ...sealed }))
  const opened = await openSealed(house, rows)
  return secrets.map((secret, index) => {
    const value = opened[index]
    if (value instanceof Secret) return { secret, value, provider: builtInName }
    throw damaged(secret, value)
  })
}

/** Until when a set is as it was loaded; null when its tag alone tells. */
function certainUntil(opened: readonly Opened[]): Date | null {
  const times = opened.flatMap(({ freshUntil, staleSince }) => freshUntil ?? staleSince ?? [])
  return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())))
}

function aboutStale(stale: readonly Opened[]): EventFacts {
  return {
    details: { stale: stale.map(({ secret: { scope, vault, name } }) => `${scope}/${vault}/${name}`).join(" ") },
  }
}

/** The one place where a value becomes an answer: text where it is valid UTF-8, else base64. */
function toDisclosure({ secret: { scope, vault, name, version }, value: secret, staleSince }: Opened): Disclosure {
  const bytes = expose(secret)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const value: Pick<Disclosure, "value" | "encoding"> = isUtf8(text)
    ? { value: text.toString("utf8") }
    : { value: text.toString("base64"), encoding: "base64" }
  secret.wipe()
  return { scope, vault, name, version, ...value, ...(staleSince && { staleSince: staleSince.toISOString() }) }
}

/** The refusal of whoever isn't a machine, with its event where somebody is known to have asked. */
async function refuse(
  { house, audit }: Desk,
  name: ConditionalName,
  credential: Credential,
  request: RequestFacts,
): Promise<AppError> {
  const refusal = isOfAPerson(credential) ? noPersonReads() : credential.kind === "none" ? signInFirst() : notGood()
  const caller = await whoIs(house, credential, request)
  if (caller !== undefined) {
    const header = { ...operations[name].audit, outcome: outcomeOf(refusal), reason: refusal.code }
    await audit.record(makeEntry(header, caller, request, {}))
  }
  return refusal
}

/** For the event alone: the refusal doesn't depend on it. Undefined when the credential is nobody's. */
async function whoIs(house: House, credential: Credential, request: RequestFacts): Promise<Caller | undefined> {
  try {
    return await authenticate(house, credential, request)
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") return undefined
    throw isAppError(error) ? error : unavailable(error)
  }
}

function tryToParse<Name extends ConditionalName>(name: Name, input: unknown): ParsedInputOf<Name> | AppError {
  try {
    return parseInput(name, input)
  } catch (error) {
    if (isAppError(error)) return error
    throw error
  }
}
