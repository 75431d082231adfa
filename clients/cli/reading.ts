/**
 * Values for this machine: the one place that asks for them. Whatever was asked for comes, or nothing does, unless the
 * caller said that a part is fine.
 */
import { StrongroomError } from "../sdk/index.ts"
import { type GivenOptions, type OptionSpecs, scopeOption } from "./command.ts"
import { type Api, readingScope } from "./connection.ts"
import { maskOnRunners } from "./masking.ts"
import { note } from "./output.ts"
import { formatReference, parseReference, type Reference } from "./reference.ts"

export interface Value {
  ref: string
  /** The scope whose secret won. */
  scope: string
  vault: string
  name: string
  version: number
  bytes: Buffer
  isText: boolean
}

/** A value under the name of an environment variable. */
export interface Variable extends Value {
  envName: string
}

export const readingOptions = {
  scope: { ...scopeOption.scope, about: "the workspace to read for; else STRONGROOM_SCOPE, else the token's own" },
  "vault-name": { type: "string", value: "VAULT", multiple: true, about: "secrets of this vault; may be repeated" },
  ref: { type: "string", value: "ADDRESS", multiple: true, about: "only this secret, strongroom://…; may be repeated" },
  partial: { type: "boolean", about: "go on without those that can't be had" },
} as const satisfies OptionSpecs

/** What an environment is asked for. */
export interface Question {
  scope: string | undefined
  vaults: readonly string[]
  /** Undefined is all that the workspace gets. */
  references: readonly Reference[] | undefined
  partial: boolean
}

/** What the options ask for, with the references of a brief. */
export function questionOf(options: GivenOptions<typeof readingOptions>, ofBrief?: readonly string[]): Question {
  const { "vault-name": vaults, ref, partial } = options
  const named = [...ref, ...(ofBrief ?? [])].map(parseReference)
  const isAll = ref.length === 0 && ofBrief === undefined
  if (!isAll && vaults.length > 0) {
    throw new StrongroomError("invalid", "Give either vaults or references: a reference names its vault.")
  }
  return { scope: readingScope(options.scope), vaults, references: isAll ? undefined : named, partial }
}

/** The variables of an environment, and the tag of this answer. Undefined when the tag that is known still holds. */
export async function readVariables(
  api: Api,
  question: Question,
  known?: string,
): Promise<{ variables: Variable[]; tag: string | undefined } | undefined> {
  const found = question.references === undefined ? await readSet(api, question, known) : await readNamed(api, question)
  if (found === undefined) return undefined
  assertDistinct(found.variables)
  maskOnRunners(found.variables)
  return found
}

/** Values by their references, all or none, in the order of the references. @throws StrongroomError */
export async function readValues(
  api: Api,
  references: readonly Reference[],
  workspace: string | undefined,
): Promise<Value[]> {
  const values = await Promise.all(batchesOf(references).map((batch) => readBatch(api, batch, workspace)))
  const byReference = new Map(values.flat().map((value) => [value.ref, value]))
  const found = references.map((reference) => {
    const value = byReference.get(formatReference(reference))
    if (value === undefined) throw unanswered(reference)
    return value
  })
  maskOnRunners([...byReference.values()])
  return found
}

/** @throws StrongroomError `conflict` when two values meet in one variable: nobody chooses between them */
function assertDistinct(variables: readonly Variable[]): void {
  const named = new Map<string, Variable>()
  for (const variable of variables) {
    const other = named.get(variable.envName)
    if (other !== undefined && other.ref !== variable.ref) {
      throw new StrongroomError(
        "conflict",
        `${other.ref} and ${variable.ref} meet in the variable ${variable.envName}. Give one of them an environment name of its own.`,
      )
    }
    named.set(variable.envName, variable)
  }
}

async function readSet(api: Api, { scope, vaults, partial }: Question, known: string | undefined) {
  const input = { ...(scope !== undefined && { scope }), vault: [...vaults] }
  const set = await api.resolve(input, known === undefined ? {} : { ifNoneMatch: known })
  if (set.notModified === true) return undefined
  const disabled = set.withheld.map(({ vault, name }) => formatReference(own(vault, name)))
  if (disabled.length > 0) {
    const told = `Disabled: ${disabled.join(", ")}.`
    if (!partial) throw new StrongroomError("gone", `${told} Enable them, or go on without them by --partial.`)
    note(told)
  }
  const variables = set.secrets.map((found) => ({
    ...valueOf(found, own(found.vault, found.name)),
    envName: found.envName,
  }))
  return { variables, tag: set.etag }
}

function own(vault: string, secret: string): Reference {
  return { scope: undefined, vault, secret, version: undefined }
}

async function readNamed(api: Api, { references = [], scope }: Question) {
  const different = new Map((await readValues(api, references, scope)).map((value) => [value.ref, value]))
  const variables = [...different.values()].map((value) => ({
    ...value,
    envName: value.name.toUpperCase().replace(/[^A-Z0-9]/g, "_"),
  }))
  return { variables, tag: undefined }
}

/** How many names one request takes. */
const mostNames = 100

/** References that one request can answer: current versions of one vault, or one old version. */
function batchesOf(references: readonly Reference[]): Reference[][] {
  const batches = new Map<string, Reference[]>()
  for (const reference of new Map(references.map((each) => [formatReference(each), each])).values()) {
    const { scope = "", vault, version } = reference
    const alike = version === undefined ? `${scope}/${vault}` : formatReference(reference)
    batches.set(alike, [...(batches.get(alike) ?? []), reference])
  }
  return [...batches.values()].flatMap((batch) =>
    Array.from({ length: Math.ceil(batch.length / mostNames) }, (_, part) =>
      batch.slice(part * mostNames, (part + 1) * mostNames),
    ),
  )
}

async function readBatch(api: Api, batch: readonly Reference[], workspace: string | undefined): Promise<Value[]> {
  const [first] = batch
  if (first === undefined) return []
  const scope = first.scope ?? workspace
  const at = { vault: first.vault, ...(scope !== undefined && { scope }) }
  if (batch.length === 1) {
    const { secret, version } = first
    const found = await api.readValue({ ...at, secret, ...(version !== undefined && { version }) })
    if (found.notModified === true) throw unanswered(first)
    return [valueOf(found, first)]
  }
  const answer = await api.readValues({ ...at, names: batch.map(({ secret }) => secret) })
  if (answer.notModified === true) throw unanswered(first)
  return batch.map((reference) => {
    const found = answer.values[reference.secret]
    if (found === undefined) throw unanswered(reference)
    return valueOf(found, reference)
  })
}

function unanswered(reference: Reference): StrongroomError {
  return new StrongroomError("internal", `Strongroom left ${formatReference(reference)} unanswered.`)
}

interface Found {
  scope: string
  vault: string
  name: string
  version: number
  value: string
  encoding?: "base64" | undefined
  staleSince?: string | undefined
}

function valueOf({ value, encoding, staleSince, ...found }: Found, reference: Reference): Value {
  const ref = formatReference(reference)
  if (staleSince !== undefined) note(`${ref} is as it was at ${staleSince}: its store can't be asked.`)
  const { scope, vault, name, version } = found
  const isText = encoding === undefined
  return { ref, scope, vault, name, version, bytes: Buffer.from(value, isText ? "utf8" : "base64"), isText }
}
