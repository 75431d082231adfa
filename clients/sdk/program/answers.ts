/**
 * What Strongroom answered, kept in memory for a while. A kept answer is asked for again by its tag, one request for all
 * who wait; while Strongroom can't be asked it is served a while longer, and says since when.
 */
import type { NotModified } from "../../../lib/contract/api.ts"
import { isPassing } from "./retry.ts"

export interface KeepOptions {
  /** For how long an answer is served without asking again, in milliseconds. */
  freshForMs: number
  /** For how long after it was certain an answer is served while Strongroom can't be asked, in milliseconds. */
  staleForMs: number
}

interface Tagged {
  etag: string
  notModified?: false
}

/** An answer, and since when it isn't certain. */
export interface Kept<Answer> {
  answer: Answer
  staleSince?: Date
}

interface Entry<Answer> {
  answer: Answer
  certainAt: number
}

const mostAnswers = 1_000

export class Answers {
  readonly #options: KeepOptions
  readonly #entries = new Map<string, Entry<Tagged>>()
  readonly #underWay = new Map<string, Promise<Kept<Tagged>>>()

  constructor(options: KeepOptions) {
    this.#options = options
  }

  /** `ask` gets the tag of what is kept, if anything is. What is refused is forgotten: only an outage is bridged. */
  async get<Answer extends Tagged>(
    key: string,
    ask: (etag: string | undefined) => Promise<Answer | NotModified>,
  ): Promise<Kept<Answer>> {
    const kept = this.#entries.get(key) as Entry<Answer> | undefined // what this very `ask` answered
    if (kept !== undefined && Date.now() - kept.certainAt < this.#options.freshForMs) return { answer: kept.answer }
    return this.refresh(key, ask)
  }

  /** The same, but asks now. */
  async refresh<Answer extends Tagged>(
    key: string,
    ask: (etag: string | undefined) => Promise<Answer | NotModified>,
  ): Promise<Kept<Answer>> {
    const underWay = this.#underWay.get(key) ?? this.#begin(key, ask)
    return (await underWay) as Kept<Answer> // likewise
  }

  #begin<Answer extends Tagged>(
    key: string,
    ask: (etag: string | undefined) => Promise<Answer | NotModified>,
  ): Promise<Kept<Tagged>> {
    const work = this.#ask(key, ask).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, work)
    return work
  }

  async #ask<Answer extends Tagged>(
    key: string,
    ask: (etag: string | undefined) => Promise<Answer | NotModified>,
  ): Promise<Kept<Tagged>> {
    const kept = this.#entries.get(key)
    const certainAt = Date.now()
    try {
      const answer = await ask(kept?.answer.etag)
      return { answer: this.#keep(key, answer.notModified === true ? known(kept) : answer, certainAt) }
    } catch (error) {
      if (kept !== undefined && isPassing(error) && certainAt - kept.certainAt < this.#options.staleForMs) {
        return { answer: kept.answer, staleSince: new Date(kept.certainAt) }
      }
      if (!isPassing(error)) this.#entries.delete(key)
      throw error
    }
  }

  #keep(key: string, answer: Tagged, certainAt: number): Tagged {
    this.#entries.delete(key)
    this.#entries.set(key, { answer, certainAt })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > mostAnswers && oldest !== undefined) this.#entries.delete(oldest)
    return answer
  }
}

/** "Not modified" answers a tag that we sent, so the answer of that tag is here. */
function known(kept: Entry<Tagged> | undefined): Tagged {
  if (kept === undefined) throw new Error("Strongroom answered that nothing changed, though nothing was known.")
  return kept.answer
}
