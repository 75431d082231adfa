/**
 * The one way that every operation goes, whichever door it came through:
 *
 *   who asks → may this kind of caller ask → is the input right → was it answered before → the use case → one event
 *
 * The use case checks the permission itself, by `authorize`. A change commits its event with itself; what only looked
 * at something, was refused or failed has its event committed here, before anything is answered.
 */
import type { z } from "zod"
import type { OutputOf, ParsedInputOf } from "../contract/api.ts"
import { type OperationSpec, operations } from "../contract/operations.ts"
import type { OperationName } from "../contract/routes.ts"
import type { Outcome } from "../contract/words.ts"
import { appendEvent } from "../db/audit-log.ts"
import type { Database, Transaction } from "../db/database.ts"
import { type KeyUse, markDone } from "../db/idempotency-keys.ts"
import { isDatabaseUnreachable } from "../db/unreachable.ts"
import { isDeadlock } from "../db/violations.ts"
import { AppError, isAppError } from "../errors.ts"
import { confirmedBy, fileRequest, pendingApproval, secondPersonFor, useWord } from "./approvals/filing.ts"
import type { Confirmation } from "./approvals/second-person.ts"
import { type AuditEntry, type EventFacts, makeEntry, systemChain } from "./audit.ts"
import type { AuditWriter } from "./audit-writer.ts"
import type { Caller, RequestFacts } from "./caller.ts"
import type { Context, House, UseCases } from "./context.ts"
import { answerOnce } from "./idempotency.ts"

export interface Performer {
  house: House
  useCases: UseCases<OperationName>
  audit: AuditWriter
}

/** Performs an operation for a caller who is already known. Throws AppError. */
export async function perform<Name extends OperationName>(
  { house, useCases, audit }: Performer,
  name: Name,
  caller: Caller,
  input: unknown,
  request: RequestFacts,
): Promise<OutputOf<Name>> {
  const event = new EventInTheMaking(operations[name], caller, request)
  const asked = { name, input }
  const context = makeContext({ house, useCases }, caller, request, event, asked)
  try {
    refuseWrongKind(operations[name], caller)
    const parsed = parseInput(name, input)
    const run = (use?: KeyUse): Promise<OutputOf<Name>> => {
      event.keyUse = use
      return useCases[name](context, parsed)
    }
    const { output, replayed } = await answerOnce(context, name, input, run)
    if (!event.taken) await audit.record(event.take(replayed ? "unchanged" : "done"))
    return output
  } catch (error) {
    const fault = asAppError(error)
    if (!event.committed) await recordFailure(audit, event.takeForFailure(outcomeOf(fault), fault.code))
    throw fault
  }
}

/** Whoever floods us before anybody knows them is slowed, and can't fill the log beyond that. */
async function recordFailure(audit: AuditWriter, entry: AuditEntry): Promise<void> {
  const isFlood = entry.reason === "rate_limited" && entry.organizationId === systemChain
  if (!isFlood) await audit.record(entry)
}

/** The input as use cases get it. Throws `invalid` with a message for each field; what was sent is never repeated. */
export function parseInput<Name extends OperationName>(name: Name, input: unknown): ParsedInputOf<Name> {
  const parsed = operations[name].input.safeParse(input)
  // The table ties each name to its schema; the compiler can't follow an index that is generic.
  if (parsed.success) return parsed.data as ParsedInputOf<Name>
  throw new AppError("invalid", "Some of the input isn't right. Correct the fields that are named and try again.", {
    fields: Object.fromEntries(parsed.error.issues.map(describeIssue).reverse()),
  })
}

function describeIssue(issue: z.core.$ZodIssue): [string, string] {
  const field = issue.path.map(String).join(".")
  // A value that was put in the wrong place is a field's name to us.
  if (issue.code === "unrecognized_keys") return [field || "unknown", "This holds a field that isn't known here."]
  return [field || "input", issue.message]
}

function refuseWrongKind(spec: OperationSpec, caller: Caller): void {
  const kind = caller.kind === "person" ? caller.via : caller.kind
  if (spec.callers.includes(kind) || (spec.permission === "public" && caller.kind !== "nobody")) return
  if (caller.kind === "nobody") throw signInFirst()
  if (spec.permission === "secret.read") throw noPersonReads()
  throw new AppError("forbidden", refusal(kind))
}

export function signInFirst(): AppError {
  return new AppError("unauthenticated", "Sign in, or send a token: `Authorization: Bearer …`.")
}

export function noPersonReads(): AppError {
  const message =
    "No person reads a value, whatever their role. Use the access token of a service account that was granted it."
  return new AppError("forbidden", message)
}

function refusal(kind: string): string {
  if (kind === "service_account")
    return "A service account may not do this. A person does it in the console or with a personal token."
  return "This needs a session: sign in at the console."
}

/** The one event of an operation: its facts are gathered on the way, and it is taken exactly once. */
class EventInTheMaking {
  readonly #spec: OperationSpec
  readonly #caller: Caller
  readonly #request: RequestFacts
  #facts: EventFacts = {}
  taken = false
  /** Set once the event is durable together with its change: what fails after that doesn't make it a failure. */
  committed = false
  /** The Idempotency-Key of the request, in whose row the change's commit says that it was done. */
  keyUse: KeyUse | undefined

  constructor(spec: OperationSpec, caller: Caller, request: RequestFacts) {
    this.#spec = spec
    this.#caller = caller
    this.#request = request
  }

  about(facts: EventFacts): void {
    this.#facts = { ...this.#facts, ...facts, details: { ...this.#facts.details, ...facts.details } }
  }

  /** An event that went down with its transaction can be taken again. */
  beginAgain(): void {
    if (!this.committed) this.taken = false
  }

  take(outcome: Outcome, facts: EventFacts = {}): AuditEntry {
    if (this.taken) throw new Error("This operation's event was recorded already.")
    this.taken = true
    this.about(facts)
    return this.#make(outcome, null)
  }

  /** The event of an operation that failed: the one that was taken for its success went down with its transaction. */
  takeForFailure(outcome: Outcome, reason: string): AuditEntry {
    this.taken = true
    return this.#make(outcome, reason)
  }

  #make(outcome: Outcome, reason: string | null): AuditEntry {
    const { action, class: eventClass } = this.#spec.audit
    return makeEntry({ action, class: eventClass, outcome, reason }, this.#caller, this.#request, this.#facts)
  }
}

/** What was asked for, as it came: a request for a second person keeps it. */
interface Asked {
  name: OperationName
  input: unknown
}

/** How an act goes that a second person has confirmed: what is to be committed together with it. */
interface Confirmed {
  confirmation: Confirmation
  alongside: (transaction: Transaction) => Promise<void>
}

function makeContext(
  { house, useCases }: Pick<Performer, "house" | "useCases">,
  caller: Caller,
  request: RequestFacts,
  event: EventInTheMaking,
  asked: Asked,
  confirmed?: Confirmed,
): Context {
  const { link } = house.writes
  const second = secondPersonFor(house, caller, asked, confirmed?.confirmation)

  async function transact<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const result = await againAfterDeadlock(() => {
      event.beginAgain()
      return house.database.prisma.$transaction(async (transaction) => {
        if (confirmed === undefined) await useWord(transaction, caller, second)
        const changed = await work(transaction)
        if (event.keyUse !== undefined) await markDone(transaction, event.keyUse)
        if (second.confirmation !== undefined) event.about(confirmedBy(second.confirmation))
        await appendEvent(transaction, event.take("done"), link)
        await confirmed?.alongside(transaction)
        return changed
      })
    })
    event.committed = true
    return result
  }

  async function ask(work: (transaction: Transaction) => Promise<unknown>): Promise<never> {
    await rehearse(house.database, work)
    const approval = await againAfterDeadlock(() => {
      event.beginAgain()
      return house.database.prisma.$transaction(async (transaction) => {
        const filed = await fileRequest(transaction, house, { caller, ...asked, facts: second.facts })
        event.about({ class: "delegation", details: { approval: filed.id } })
        await appendEvent(transaction, event.take("pending_approval"), link)
        return filed
      })
    })
    event.committed = true
    throw pendingApproval(approval)
  }

  return {
    house,
    caller,
    request,
    second,
    get keyUse() {
      return event.keyUse
    },
    about: (facts) => {
      event.about(facts)
    },
    takeEvent: (outcome, facts) => {
      if (second.isMissing) throw new Error("This would delegate without the second person.")
      return event.take(outcome, facts)
    },
    commit: (work) => (second.isMissing ? ask(work) : transact(work)),
    confirmFirst: async () => {
      if (second.isMissing) await ask(() => Promise.resolve())
      if (second.confirmation !== undefined) event.about(confirmedBy(second.confirmation))
      await house.database.prisma.$transaction((transaction) => useWord(transaction, caller, second))
    },
    performFor: async (requester, { name, input }, confirmation, work) => {
      const own = new EventInTheMaking(operations[name], requester, request)
      const alongside = async (transaction: Transaction): Promise<void> => {
        await work(transaction)
        event.beginAgain()
        await appendEvent(transaction, event.take("done"), link)
      }
      const parts = { house, useCases }
      const context = makeContext(parts, requester, request, own, { name, input }, { confirmation, alongside })
      await runOne(useCases, context, name, input).finally(() => {
        event.committed = own.committed
      })
      if (!own.committed) throw new Error("What was confirmed wasn't committed.")
    },
    eventIsOut: () => {
      event.committed = true
    },
  }
}

function runOne<Name extends OperationName>(
  useCases: UseCases<OperationName>,
  context: Context,
  name: Name,
  input: unknown,
): Promise<OutputOf<Name>> {
  return useCases[name](context, parseInput(name, input))
}

/** Whether it would work: what is refused now is said at once, and not when a second person accepts it. */
async function rehearse({ prisma }: Database, work: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  const over = new Error("This was a rehearsal.")
  try {
    await prisma.$transaction(async (transaction) => {
      await work(transaction)
      throw over
    })
  } catch (error) {
    if (error !== over) throw error
  }
}

/** How often a transaction is begun that Postgres gives up because it and another one waited for each other. */
const attempts = 4

async function againAfterDeadlock<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attempts || !isDeadlock(error)) throw error
    }
  }
}

/**
 * Faults of ours become `internal`: what went wrong is for the operator alone. A database that can't serve is no fault
 * of the request, which may come again.
 */
export function asAppError(error: unknown): AppError {
  if (isAppError(error)) return error
  if (isDatabaseUnreachable(error)) {
    const message =
      "Strongroom can't serve this now. Try again in a moment; if you were changing something, look first."
    return new AppError("unavailable", message, { cause: error, retryAfterSeconds: 1 })
  }
  return new AppError("internal", "Something went wrong here. The operator finds it in the log by the request's id.", {
    cause: error,
  })
}

/** How an event says that an operation failed. */
export function outcomeOf({ code }: AppError): Outcome {
  if (code === "invalid" || code === "too_large") return "invalid"
  if (code === "conflict" || code === "gone") return "conflict"
  if (code === "forbidden" || code === "not_found" || code === "unauthenticated" || code === "rate_limited")
    return "denied"
  return "failed"
}
