/** One value, or several of one vault by their names: which secret wins for each, and whether this machine may read it. */
import type { ParsedInputOf } from "../../contract/api.ts"
import type { Disclosure, Disclosures } from "../../contract/dto.ts"
import { fold, formatReference } from "../../contract/names.ts"
import type { FoundSecret, ValueFinding, ValueQuestion } from "../../db/hot-reads.ts"
import { AppError } from "../../errors.ts"
import type { EventFacts } from "../audit.ts"
import type { MachineCaller } from "../caller.ts"
import {
  aboutSeveral,
  etagOf,
  type Granted,
  identityOf,
  isRemote,
  type ReadableSecret,
  refuseUnreadable,
} from "./granted.ts"
import { permitReading } from "./machine.ts"

/** Says what the event is about, as soon as it is known. */
export type About = (facts: EventFacts) => void

export function questionOfValue(tokenHash: Uint8Array, input: ParsedInputOf<"readValue">): ValueQuestion {
  const { scope = null, vault, secret, version = null } = input
  return { tokenHash, scope, vault, foldedName: fold(secret), version }
}

/** Throws `not_found`, the same for what isn't there and for what isn't granted, or why it can't be read now. */
export function grantValue(
  machine: MachineCaller,
  input: ParsedInputOf<"readValue">,
  found: ValueFinding,
  about: About,
): Granted<Disclosure> {
  const { workspace, secret, granted } = found
  about(aboutAsked(machine, input.scope, input.vault, workspace))
  about(secret === null ? aboutAbsent(machine, input) : aboutFound(secret, workspace?.path))
  const permit = permitReading(machine, workspace, granted)
  if (permit === undefined || secret === null) throw notReadable(machine, input, [input.secret])
  refuseUnreadable(secret)
  return {
    permit,
    etag: etagOf(["value", ...identityOf(secret)]),
    confirmed: [secret],
    asksElsewhere: isRemote(secret),
    load: () => Promise.resolve({ secrets: [secret], about: {}, compose: single }),
  }
}

export function questionsOfValues(tokenHash: Uint8Array, input: ParsedInputOf<"readValues">): ValueQuestion[] {
  const { scope = null, vault, names } = input
  return names.map((name) => ({ tokenHash, scope, vault, foldedName: fold(name), version: null }))
}

/** All or none: throws `not_found` with the names that aren't there or aren't granted, and doesn't tell which is which. */
export function grantValues(
  machine: MachineCaller,
  input: ParsedInputOf<"readValues">,
  found: readonly ValueFinding[],
  about: About,
): Granted<Disclosures> {
  const workspace = found[0]?.workspace ?? null
  about(aboutAsked(machine, input.scope, input.vault, workspace))
  about({ details: { names: input.names.join(" ") } })
  const permit = permitReading(
    machine,
    workspace,
    found.some(({ granted }) => granted),
  )
  const missing = input.names.filter((_, index) => found[index]?.granted !== true || found[index].secret === null)
  if (permit === undefined || missing.length > 0) throw notReadable(machine, input, missing)
  const secrets = found.flatMap(({ secret }) => secret ?? []).map(readable)
  const facts = aboutSeveral(secrets)
  about(facts)
  return {
    permit,
    etag: etagOf(["values", ...input.names, ...secrets.flatMap(identityOf)]),
    confirmed: secrets,
    asksElsewhere: secrets.some(isRemote),
    load: () => Promise.resolve({ secrets, about: {}, compose: byName(input.names) }),
  }
}

function readable(secret: FoundSecret): ReadableSecret {
  refuseUnreadable(secret)
  return secret
}

function single(disclosures: readonly Disclosure[]): Disclosure {
  const [only] = disclosures
  if (only === undefined) throw new Error("Nothing was opened.")
  return only
}

function byName(names: readonly string[]): (disclosures: readonly Disclosure[]) => Disclosures {
  return (disclosures) => ({
    values: Object.fromEntries(disclosures.map((disclosure, index) => [names[index] ?? disclosure.name, disclosure])),
  })
}

function aboutAsked(
  machine: MachineCaller,
  scope: string | undefined,
  vault: string,
  workspace: ValueFinding["workspace"],
): EventFacts {
  if (workspace === null) return { vault, details: { askedScope: scope ?? machine.scopePath } }
  return { vault, scope: workspace }
}

function aboutFound({ id, name, version, scope }: FoundSecret, workspace: string | undefined): EventFacts {
  return { secret: { id, name }, version, ...(scope === workspace ? {} : { details: { from: scope } }) }
}

function aboutAbsent(machine: MachineCaller, input: ParsedInputOf<"readValue">): EventFacts {
  const reference = formatReference({ ...input, scope: input.scope ?? machine.scopePath })
  return { target: { kind: "secret", id: reference, name: input.secret } }
}

function notReadable(
  machine: MachineCaller,
  { scope = machine.scopePath, vault }: { scope?: string | undefined; vault: string },
  names: readonly string[],
): AppError {
  const quoted = names.map((name) => `"${name}"`).join(", ")
  const what = names.length === 1 ? `is no secret ${quoted}` : `are no secrets ${quoted}`
  const message = `There ${what} in the vault "${vault}" of ${scope} that this token may read. Look at the name, and at the grants of "${machine.name}".`
  return new AppError("not_found", message)
}
