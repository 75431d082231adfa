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
  /** Secrets of these vaults alone. */
  vaults?: readonly string[]
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

/** The effective set of a workspace. */
export interface ResolvedSet {
  scope: string
  /** By the names of environment variables. A value that isn't text is its bytes in base64; its entry says so. */
  env: Readonly<Record<string, string>>
  entries: readonly (Reading & { envName: string })[]
  /** Those that are disabled: nothing stands in for them. */
  withheld: readonly { scope: string; vault: string; name: string; version: number }[]
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

  /** All that the token's workspace gets: narrowest scope wins. */
  async resolve({ signal, ...options }: ResolveOptions = {}): Promise<ResolvedSet> {
    return setOf(await this.#ask("resolve", questionOf(options), signal))
  }

  /**
   * Asks again and again whether the effective set has changed, and tells of it; the first set is told, too. Ends with
   * its signal. A poll in which nothing changed opens no value.
   */
  watch(onChange: (set: ResolvedSet) => unknown, options: ResolveOptions & WatchOptions = {}): Promise<void> {
    const question = questionOf(options)
    const ask = async (): Promise<{ answer: ResolvedSet; tag: string }> => {
      const kept = await this.#ask("resolve", question, options.signal, "now")
      return { answer: setOf(kept), tag: kept.answer.etag }
    }
    return watching(ask, onChange, options)
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

type ReadName = "readValue" | "readValues" | "resolve"
type Found<Name extends ReadName> = Exclude<AnswerOf<Name>, { notModified: true }>

async function headersWith(token: StrongroomOptions["token"]): Promise<Record<string, string>> {
  if (token === undefined) return {}
  return { authorization: `Bearer ${typeof token === "string" ? token : await token()}` }
}

function questionOf({ scope, vaults }: Pick<ResolveOptions, "scope" | "vaults">): { scope?: string; vault?: string[] } {
  return { ...(scope !== undefined && { scope }), ...(vaults !== undefined && { vault: [...vaults] }) }
}

type WireReading = Found<"resolve">["secrets"][number] | Found<"readValue">

/** What the backend couldn't be asked for was uncertain before we were. */
function readingOf({ scope, vault, name, version, value, encoding, staleSince }: WireReading, since?: Date): Reading {
  const uncertain = staleSince === undefined ? since : new Date(staleSince)
  const facts = { scope, vault, name, version, value }
  return { ...facts, ...(encoding && { encoding }), ...(uncertain && { staleSince: uncertain }) }
}

function setOf({ answer, staleSince }: Kept<Found<"resolve">>): ResolvedSet {
  const entries = answer.secrets.map((secret) => ({ ...readingOf(secret, staleSince), envName: secret.envName }))
  const env = Object.fromEntries(entries.map(({ envName, value }) => [envName, value]))
  return { scope: answer.scope, env, entries, withheld: answer.withheld }
}
