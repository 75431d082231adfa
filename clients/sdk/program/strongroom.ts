/**
 * Secrets for a program, read with a machine's access token.
 *
 * What was read is kept in memory: a minute without asking again, and up to a day while Strongroom can't be reached. Only
 * reads are tried again; a refusal is never bridged by what was kept.
 */
import type { AnswerOf, InputOf, StrongroomApi } from "../../../lib/contract/api.ts"
import { AppError } from "../../../lib/errors.ts"
import { apiOf, type Call, callOver } from "../wire/call.ts"
import { Answers, type Kept } from "./answers.ts"
import { type Fetch, fetchTransport } from "./fetch-transport.ts"
import { orAborted, withRetries } from "./retry.ts"
import { bytesOf, textOf } from "./value.ts"
import { type WatchOptions, watching } from "./watching.ts"

export interface StrongroomOptions {
  /** Such as `https://strongroom.example`. */
  url: string | URL
  /** A service account's access token, or what gives one whenever it is needed. Setting up alone needs none. */
  token?: string | (() => string | Promise<string>)
  /** For how long a value is served without asking again, in milliseconds: a minute if left out, 0 to ask each time. */
  freshForMs?: number
  /** For how long a value is served while Strongroom can't be reached, in milliseconds: a day if left out. */
  staleForMs?: number
  /** For how long one request may take, in milliseconds: 30 seconds if left out. */
  timeoutMs?: number
  fetch?: Fetch
}

export interface ReadOptions {
  /** The scope to read for, within the token's grants; its own if left out. */
  scope?: string
  signal?: AbortSignal
}

export interface ResolveOptions extends ReadOptions {
  /** Instead of a scope: the workspace that lists this project. */
  project?: string
  /** Secrets of these vaults alone. */
  vaults?: readonly string[]
  /** These secrets alone, by their addresses: `strongroom:///default/DB_PASSWORD`. */
  refs?: readonly string[]
  /** Takes what can be had: the others are listed in `unresolved`. If left out, any of them fails the whole. */
  partial?: boolean
}

/** A value, and what is known of it. */
export interface Reading {
  /** The scope whose secret won. */
  scope: string
  vault: string
  name: string
  version: number
  value: string
  /** Where it stands, the value isn't text, and `value` is its bytes in base64. */
  encoding?: "base64"
  /** Where it stands, the value couldn't be asked for since then. */
  staleSince?: Date
}

/** A secret that goes into an environment, and where it comes from. */
export interface ResolvedEntry {
  name: string
  envName: string
  /** The address by which it was asked for, or by which its workspace gets it. */
  ref: string
  vault: string
  version: number
  /** The scope whose secret won. */
  scope: string
  provider: string
  /** Where it stands, the value isn't text, and is its bytes in base64. */
  encoding?: "base64"
  /** Where it stands, the value couldn't be asked for since then. */
  staleSince?: Date
}

/** What can't be resolved, and why: an AppError that refuses to resolve has a list of them, too, as `unresolved`. */
export type Unresolved = Found<"resolve">["unresolved"][number]

/** What a workspace gets, or what was asked for by references. */
export interface ResolvedSet {
  scope: string
  /** By the names of environment variables. A value that isn't text is its bytes in base64; its entry says so. */
  env: Readonly<Record<string, string>>
  entries: readonly ResolvedEntry[]
  /** Empty, unless a part was asked for. */
  unresolved: readonly Unresolved[]
}

export class Strongroom {
  /** Every operation of the API, as its OpenAPI document has them. Nothing of it is kept or tried again. */
  readonly api: StrongroomApi
  /** The two calls by which programs of other platforms know it. */
  readonly secretmanager: Pick<Strongroom, "getSecret" | "getSecrets">
  readonly #call: Call
  readonly #answers: Answers

  constructor({ url, token, ...options }: StrongroomOptions) {
    const transport = fetchTransport(
      url,
      options.fetch ?? globalThis.fetch.bind(globalThis),
      options.timeoutMs ?? 30_000,
    )
    this.#call = callOver(transport, () => headersWith(token))
    this.#answers = new Answers({
      freshForMs: options.freshForMs ?? 60_000,
      staleForMs: options.staleForMs ?? 24 * 60 * 60_000,
    })
    this.api = apiOf(this.#call)
    this.secretmanager = { getSecret: this.getSecret.bind(this), getSecrets: this.getSecrets.bind(this) }
  }

  /** The current value of one secret. @throws AppError `not_found` where the token may read none of that name */
  async getSecret(vault: string, name: string, options: ReadOptions & { as: "bytes" }): Promise<Uint8Array>
  async getSecret(vault: string, name: string, options?: ReadOptions & { as?: "text" }): Promise<string>
  async getSecret(
    vault: string,
    name: string,
    { as, ...options }: ReadOptions & { as?: "text" | "bytes" } = {},
  ): Promise<string | Uint8Array> {
    const reading = await this.read(vault, name, options)
    return as === "bytes" ? bytesOf(reading) : textOf(reading)
  }

  /** Several of one vault in one request, all or none. @throws AppError `not_found`, which names the missing ones */
  async getSecrets<Name extends string>(
    vault: string,
    names: readonly Name[],
    { scope, signal }: ReadOptions = {},
  ): Promise<Record<Name, string>> {
    const input = { vault, names: [...new Set(names)], ...(scope !== undefined && { scope }) }
    const { answer } = await this.#ask("readValues", input, signal)
    const texts = names.map((name) => {
      const found = answer.values[name]
      if (found === undefined) throw new AppError("internal", `Strongroom left "${name}" of "${vault}" unanswered.`)
      return [name, textOf(found)]
    })
    return Object.fromEntries(texts) as Record<Name, string> // one entry for each of the names
  }

  /** One value with its version, where it comes from, and whether it is certain. */
  async read(vault: string, name: string, { scope, signal }: ReadOptions = {}): Promise<Reading> {
    const input = { vault, secret: name, ...(scope !== undefined && { scope }) }
    const { answer, staleSince } = await this.#ask("readValue", input, signal)
    return readingOf(answer, staleSince)
  }

  /**
   * All that the token's workspace gets, narrowest scope wins; or what `refs` name.
   * @throws AppError whose `unresolved` lists what stands in the way, each with its reason
   */
  async resolve(options: ResolveOptions = {}): Promise<ResolvedSet> {
    return setOf(await this.#resolve(options))
  }

  /**
   * Asks again and again whether the effective set has changed, and tells of it; the first set is told, too. Ends with
   * its signal. A poll in which nothing changed opens no value.
   */
  watch(onChange: (set: ResolvedSet) => unknown, options: ResolveOptions & WatchOptions = {}): Promise<void> {
    const ask = async (): Promise<{ answer: ResolvedSet; tag: string }> => {
      const kept = await this.#resolve(options, "now")
      return { answer: setOf(kept), tag: kept.answer.etag }
    }
    return watching(ask, onChange, options)
  }

  #resolve({ signal, vaults, refs, ...where }: ResolveOptions, when?: "now"): Promise<Kept<Found<"resolve">>> {
    const { scope, project, partial } = where
    const at = { ...(scope && { scope }), ...(project && { project }), ...(partial && { partial }) }
    if (refs !== undefined) return this.#ask("resolveReferences", { ...at, refs: [...refs] }, signal, when)
    return this.#ask("resolve", { ...at, ...(vaults && { vault: [...vaults] }) }, signal, when)
  }

  async #ask<Name extends ReadName>(
    name: Name,
    input: InputOf<Name>,
    signal: AbortSignal | undefined,
    when: "now" | "if need be" = "if need be",
  ): Promise<Kept<Found<Name>>> {
    // No signal: several wait for one request, and one who gives up mustn't end it for the others.
    const ask = (etag: string | undefined): Promise<AnswerOf<Name>> =>
      withRetries(() => this.#call(name, input, etag === undefined ? {} : { ifNoneMatch: etag }))
    const key = JSON.stringify([name, input])
    const work = when === "now" ? this.#answers.refresh(key, ask) : this.#answers.get(key, ask)
    return (await orAborted(work, signal)) as Kept<Found<Name>> // of this very name
  }
}

type ReadName = "readValue" | "readValues" | "resolve" | "resolveReferences"
type Found<Name extends ReadName> = Exclude<AnswerOf<Name>, { notModified: true }>

async function headersWith(token: StrongroomOptions["token"]): Promise<Record<string, string>> {
  if (token === undefined) return {}
  return { authorization: `Bearer ${typeof token === "string" ? token : await token()}` }
}

/** What the backend couldn't be asked for was uncertain before we were. */
function certainty(staleSince: string | undefined, since: Date | undefined): { staleSince?: Date } {
  const uncertain = staleSince === undefined ? since : new Date(staleSince)
  return uncertain === undefined ? {} : { staleSince: uncertain }
}

function readingOf(found: Found<"readValue">, since?: Date): Reading {
  const { scope, vault, name, version, value, encoding, staleSince } = found
  return { scope, vault, name, version, value, ...(encoding && { encoding }), ...certainty(staleSince, since) }
}

function setOf({
  answer: { scope, env, entries, unresolved },
  staleSince: since,
}: Kept<Found<"resolve">>): ResolvedSet {
  const known = entries.map(
    ({ staleSince, ...entry }) => ({ ...entry, ...certainty(staleSince, since) }) as ResolvedEntry,
  )
  return { scope, env, entries: known, unresolved }
}
