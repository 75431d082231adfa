/**
 * The second person of a delegation. Where a scope asks for two people, what a use case is about to do is written down
 * as it goes: at which scopes, for which readers, of what. Its commit then files a request instead of doing it; once a
 * second person has accepted, the same act goes through the same use case, and is held to what that person read.
 */

import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"

/** What a second person reads of an act, and what it may come to at the most. */
export interface DelegationFacts {
  /** The scopes at which it needs the permission, the one where it was asked for first. */
  scopes: readonly { id: string; path: string }[]
  /** Those of them that ask for two people. */
  protectedScopes: readonly string[]
  /** The service accounts that could read afterwards what they can't now. */
  readers: readonly { id: string; name: string; scope: string }[]
  /** The secret or the vault that they could read, where it is one; a grant and a token say it by themselves. */
  place: { vaultId: string; secretId: string | null } | null
}

/** A second person's word for an act. */
export interface Confirmation {
  approvalId: string
  confirmedBy: { id: string; name: string }
  facts: DelegationFacts
}

export class SecondPerson {
  readonly #find: () => Promise<Confirmation | undefined>
  readonly #scopes = new Map<string, ScopeRef>()
  readonly #readers = new Map<string, DelegationFacts["readers"][number]>()
  #place: DelegationFacts["place"] = null
  #confirmation: Confirmation | undefined

  /** @param find the word that was given for this very act and isn't used yet */
  constructor(find: () => Promise<Confirmation | undefined>, confirmation?: Confirmation) {
    this.#find = find
    this.#confirmation = confirmation
  }

  get confirmation(): Confirmation | undefined {
    return this.#confirmation
  }

  /** Whether the act is one that a second person has to confirm, and nobody has. */
  get isMissing(): boolean {
    return this.#confirmation === undefined && this.#protected().length > 0
  }

  /** The act delegates at this scope. Throws `conflict` when the second person read of others. */
  async at(scope: ScopeRef): Promise<void> {
    this.#scopes.set(scope.id, scope)
    if (scope.protection === "two_people") this.#confirmation ??= await this.#find()
    this.#hold((facts) => facts.scopes.some(({ id }) => id === scope.id))
  }

  /** These could read afterwards. Throws `conflict` when the second person didn't read of one of them. */
  readers(readers: DelegationFacts["readers"]): void {
    for (const reader of readers) this.#readers.set(reader.id, reader)
    this.#hold((facts) => readers.every(({ id }) => facts.readers.some((known) => known.id === id)))
  }

  /** This is what they could read. Throws `conflict` when the second person read of something else. */
  place(place: NonNullable<DelegationFacts["place"]>): void {
    this.#place = place
    this.#hold((facts) => facts.place?.vaultId === place.vaultId && facts.place.secretId === place.secretId)
  }

  get facts(): DelegationFacts {
    return {
      scopes: [...this.#scopes.values()].map(({ id, path }) => ({ id, path })),
      protectedScopes: this.#protected(),
      readers: [...this.#readers.values()],
      place: this.#place,
    }
  }

  #protected(): string[] {
    return [...this.#scopes.values()].filter(({ protection }) => protection === "two_people").map(({ path }) => path)
  }

  #hold(fits: (facts: DelegationFacts) => boolean): void {
    if (this.#confirmation === undefined || fits(this.#confirmation.facts)) return
    throw new AppError(
      "conflict",
      "More would come of this now than was read before it was accepted: readers or places have changed. Ask for it anew.",
    )
  }
}
