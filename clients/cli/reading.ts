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
  project: { type: "string", value: "PROJECT", about: "instead of a scope, the workspace that lists this project" },
  "vault-name": { type: "string", value: "VAULT", multiple: true, about: "secrets of this vault; may be repeated" },
  ref: { type: "string", value: "ADDRESS", multiple: true, about: "only this secret, strongroom://…; may be repeated" },
  partial: { type: "boolean", about: "go on without those that can't be had" },
} as const satisfies OptionSpecs

/** What an environment is asked for. */
export interface Question {
  scope: string | undefined
  /** Instead of a scope: the workspace that lists it. */
  project: string | undefined
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
  // A scope in the environment is a default: a project that is named counts before it.
  const scope = options.project === undefined ? readingScope(options.scope) : options.scope
  return { scope, project: options.project, vaults, references: isAll ? undefined : named, partial }
}

/**
 * The variables of an environment, and the tag of this answer. Undefined while the tag that is known still holds.
 * @throws StrongroomError which lists all that can't be had, unless a part is fine
 */
export async function readVariables(
  api: Api,
  { scope, project, vaults, references, partial }: Question,
  known?: string,
): Promise<{ variables: Variable[]; tag: string } | undefined> {
  const at = { partial, ...(scope !== undefined && { scope }), ...(project !== undefined && { project }) }
  const condition = known === undefined ? {} : { ifNoneMatch: known }
  const found =
    references === undefined
      ? await api.resolve({ ...at, vault: [...vaults] }, condition)
      : await api.resolveReferences({ ...at, refs: references.map(formatReference) }, condition)
  if (found.notModified === true) return undefined
  for (const { ref, detail } of found.unresolved) note(`Without ${ref}: ${detail}`)
  const variables = found.entries.map((entry) => {
    const value = found.env[entry.envName]
    if (value === undefined) throw unanswered(entry.ref)
    return { ...valueOf({ ...entry, value }, entry.ref), envName: entry.envName }
  })
  maskOnRunners(variables)
  return { variables, tag: found.etag }
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
    if (value === undefined) throw unanswered(formatReference(reference))
    return value
  })
  maskOnRunners([...byReference.values()])
  return found
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
    if (found.notModified === true) throw unanswered(formatReference(first))
    return [valueOf(found, formatReference(first))]
  }
  const answer = await api.readValues({ ...at, names: batch.map(({ secret }) => secret) })
  if (answer.notModified === true) throw unanswered(formatReference(first))
  return batch.map((reference) => {
    const found = answer.values[reference.secret]
    if (found === undefined) throw unanswered(formatReference(reference))
    return valueOf(found, formatReference(reference))
  })
}

function unanswered(ref: string): StrongroomError {
  return new StrongroomError("internal", `Strongroom left ${ref} unanswered.`)
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

function valueOf({ value, encoding, staleSince, ...found }: Found, ref: string): Value {
  if (staleSince !== undefined) note(`${ref} is as it was at ${staleSince}: its store can't be asked.`)
  const { scope, vault, name, version } = found
  const isText = encoding === undefined
  return { ref, scope, vault, name, version, bytes: Buffer.from(value, isText ? "utf8" : "base64"), isText }
}
