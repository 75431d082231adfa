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
  /** The environment variable that it arrives in. */
  envName: string
  ref: string
  /** The scope whose secret won. */
  scope: string
  vault: string
  name: string
  version: number
  bytes: Buffer
  isText: boolean
}

export const readingOptions = {
  scope: { ...scopeOption.scope, about: "the workspace to read for; else STRONGROOM_SCOPE, else the token's own" },
  "vault-name": { type: "string", value: "VAULT", multiple: true, about: "secrets of this vault; may be repeated" },
  ref: { type: "string", value: "ADDRESS", multiple: true, about: "only this secret, strongroom://…; may be repeated" },
  partial: { type: "boolean", about: "go on without those that are disabled" },
} as const satisfies OptionSpecs

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

/** @throws StrongroomError which names all that can't be had */
export async function readValues(api: Api, question: Question): Promise<Value[]> {
  const values =
    question.references === undefined
      ? await readSet(api, question)
      : await readReferences(api, question.references, question.scope)
  maskOnRunners(values)
  return values
}

/** One value for each name of an environment. @throws StrongroomError `conflict` when two meet in one */
export function byEnvironmentName(values: readonly Value[]): ReadonlyMap<string, Value> {
  const named = new Map<string, Value>()
  for (const value of values) {
    const other = named.get(value.envName)
    if (other !== undefined && other.ref !== value.ref) {
      throw new StrongroomError(
        "conflict",
        `${other.ref} and ${value.ref} meet in the variable ${value.envName}. Give one of them an environment name of its own.`,
      )
    }
    named.set(value.envName, value)
  }
  return named
}

async function readSet(api: Api, { scope, vaults, partial }: Question): Promise<Value[]> {
  const set = await api.resolve({ ...(scope !== undefined && { scope }), vault: [...vaults] })
  if (set.notModified === true) throw new StrongroomError("internal", "Strongroom answered what wasn't asked.")
  const disabled = set.withheld.map(({ vault, name }) => formatReference(own(vault, name)))
  if (disabled.length > 0) {
    const told = `Disabled: ${disabled.join(", ")}.`
    if (!partial) throw new StrongroomError("gone", `${told} Enable them, or go on without them by --partial.`)
    note(told)
  }
  return set.secrets.map((found) => valueOf(found, formatReference(own(found.vault, found.name)), found.envName))
}

function own(vault: string, secret: string): Reference {
  return { scope: undefined, vault, secret, version: undefined }
}

async function readReferences(api: Api, references: readonly Reference[], scope: string | undefined): Promise<Value[]> {
  return Promise.all(references.map((reference) => readOne(api, reference, scope)))
}

async function readOne(api: Api, reference: Reference, workspace: string | undefined): Promise<Value> {
  const { vault, secret, version } = reference
  const scope = reference.scope ?? workspace
  const found = await api.readValue({
    vault,
    secret,
    ...(scope !== undefined && { scope }),
    ...(version !== undefined && { version }),
  })
  if (found.notModified === true) throw new StrongroomError("internal", "Strongroom answered what wasn't asked.")
  return valueOf(found, formatReference(reference), secret.toUpperCase().replace(/[^A-Z0-9]/g, "_"))
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

function valueOf(
  { scope, vault, name, version, value, encoding, staleSince }: Found,
  ref: string,
  envName: string,
): Value {
  if (staleSince !== undefined) note(`${ref} is as it was at ${staleSince}: its store can't be asked.`)
  const isText = encoding === undefined
  return { envName, ref, scope, vault, name, version, bytes: Buffer.from(value, isText ? "utf8" : "base64"), isText }
}
