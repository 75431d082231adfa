/** What the three machine reads have in common: what is granted, refused, and told by an ETag. */
import { hash } from "node:crypto"
import type { Disclosure } from "../../contract/dto.ts"
import { formatReference } from "../../contract/names.ts"
import type { FoundSecret, SealedRow } from "../../db/hot-reads.ts"
import { AppError } from "../../errors.ts"
import type { EventFacts } from "../audit.ts"
import type { ReadPermit } from "./machine.ts"
import type { RemoteFailure } from "./remote.ts"

/** What a machine may have, before anything of it is opened. */
export interface Granted<Output> {
  permit: ReadPermit
  /** Changes with what would be answered, and is never made of a value. */
  etag: string
  /** What a caller who holds this already is confirmed to hold. */
  confirmed: readonly ReadableSecret[]
  /** Whether it may hold what remote stores keep, which isn't confirmed on knowledge older than the cache's time. */
  asksElsewhere: boolean
  /** Asked for only when the caller doesn't hold it already. */
  load(): Promise<Loaded<Output>>
}

export interface Loaded<Output> {
  secrets: readonly ReadableSecret[]
  about: EventFacts
  /** The answer, with the opened secrets in their order, and the names of the providers that keep them. */
  compose(disclosures: readonly Disclosure[], providers: readonly string[]): Output
  /** What is left without those that can't be read now. Throws where that isn't an answer, as where this is left out. */
  without?(failures: readonly RemoteFailure[]): Loaded<Output>
}

/** A secret whose version is enabled, and whose ciphertext is at hand or whose value a remote store keeps. */
export type ReadableSecret = SealedSecret | RemoteSecret
export type SealedSecret = FoundSecret & { providerId: null; sealed: SealedRow }
export type RemoteSecret = FoundSecret & { providerId: string }

export function isRemote(secret: FoundSecret): secret is RemoteSecret {
  return secret.providerId !== null
}

/** Throws, with what to do, for a secret that is granted and still can't be read. */
export function refuseUnreadable(secret: FoundSecret): asserts secret is ReadableSecret {
  const fault = faultOf(secret)
  if (fault !== undefined) throw fault
}

/** Why a granted secret can't be read now; undefined when it can. */
export function faultOf(secret: FoundSecret): AppError | undefined {
  const fault = faultOfState(secret)
  if (fault !== undefined) return fault
  return secret.providerId === null && secret.sealed === null ? damaged(secret) : undefined
}

/** Why its state, or its version's, doesn't let it be read. */
export function faultOfState(
  secret: Pick<FoundSecret, "scope" | "vault" | "name" | "version" | "state" | "versionState">,
): AppError | undefined {
  const name = formatReference({ scope: secret.scope, vault: secret.vault, secret: secret.name })
  const version = `version ${secret.version} of ${name}`
  if (secret.state !== "active") {
    return new AppError("conflict", `${name} is disabled. It can be read again when somebody enables it.`)
  }
  if (secret.versionState === null) return new AppError("not_found", `There is no ${version}.`)
  if (secret.versionState === "destroyed") return new AppError("gone", `The value of ${version} was destroyed.`)
  if (secret.versionState === "forgotten") {
    return new AppError("gone", `The value of ${version} isn't kept any more where it was.`)
  }
  if (secret.versionState === "deleted") {
    return new AppError(
      "gone",
      `${version} is deleted where it is kept. It can be read again when somebody restores it.`,
    )
  }
  if (secret.versionState === "disabled") {
    return new AppError("conflict", `${version} is disabled. It can be read again when somebody enables it.`)
  }
  return undefined
}

/** Something is wrong with what is stored; the operator has to look. */
export function damaged({ scope, vault, name, version }: FoundSecret, cause?: unknown): AppError {
  const reference = formatReference({ scope, vault, secret: name })
  return new AppError("internal", `Version ${version} of ${reference} can't be opened. Ask the operator.`, { cause })
}

/** An ETag (RFC 9110, 8.8.3) of what the answer depends on. */
export function etagOf(parts: readonly (string | number)[]): string {
  return `"${hash("sha256", JSON.stringify(parts), "base64url").slice(0, 27)}"`
}

/** What a secret's part of an answer depends on. */
export function identityOf({ id, version, epoch, scope, name }: FoundSecret): (string | number)[] {
  return [id, version, epoch, scope, name]
}

/**
 * Whether `If-None-Match` holds this tag (RFC 9110, 13.1.2: compared weakly). `*` holds none: whoever sends it names no
 * version, and a 304 would be recorded as holding the current one.
 */
export function isHeld(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.split(",").some((tag) => [etag, `W/${etag}`].includes(tag.trim()))
}

/** What the event of several secrets says of them: their references with versions for people, their ids for filters. */
export function aboutSeveral(secrets: readonly FoundSecret[]): EventFacts {
  const references = secrets.map(
    ({ scope, vault, name, version }) => `${formatReference({ scope, vault, secret: name })}@${version}`,
  )
  return {
    details: {
      count: secrets.length,
      secrets: references.join(" "),
      secretIds: secrets.map(({ id }) => id).join(" "),
    },
  }
}
