// Only `expose` uses this: the class hands no method out that could.
let bytesOf: (secret: Secret) => Uint8Array

/**
 * A value that must not be lost: it can be moved, but not read by accident.
 *
 * `Secret` keeps its bytes in a private field. It has no `toJSON` (JSON of it is `{}`), throws when it is turned into
 * a string, and prints as `Secret {}`. The one way to its bytes is `expose`, whose import a lint rule restricts to
 * the places that docs/architecture.md lists: one search is the audit.
 */
export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    Object.freeze(this)
  }

  /** Takes the bytes over without copying: the caller must not keep them. */
  static fromBytes(bytes: Uint8Array): Secret {
    return new Secret(bytes)
  }

  /** The UTF-8 bytes of `text`, verbatim: nothing is trimmed. */
  static fromText(text: string): Secret {
    return new Secret(new TextEncoder().encode(text))
  }

  /** How many bytes the value has. */
  get size(): number {
    return this.#bytes.byteLength
  }

  /** Makes every implicit conversion (`${secret}`, `secret + ""`, `Number(secret)`) throw instead of leaking. */
  [Symbol.toPrimitive](): never {
    throw new TypeError("A Secret can't be converted. Move it, or expose it where that is allowed.")
  }

  toString(): never {
    throw new TypeError("A Secret can't be turned into text.")
  }

  /** How `console.log` and `util.inspect` print it (Node looks this symbol up). */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "Secret {}"
  }

  /** Overwrites the bytes. A best effort: copies that the runtime made of a string can't be wiped. */
  wipe(): void {
    this.#bytes.fill(0)
  }

  static {
    bytesOf = (secret) => secret.#bytes
  }
}

/** The bytes of a secret, to go on the wire or into a cipher. They are not a copy: don't change or keep them. */
export function expose(secret: Secret): Uint8Array {
  return bytesOf(secret)
}

declare const holdsASecret: unique symbol

/** What `Sendable` turns a Secret into: a type that no value has, whose name the compiler prints. */
interface CannotBeSent {
  readonly [holdsASecret]: "A Secret may not leave: describe it instead"
}

/** What JSON would lose, spread out or print more of than we meant. */
type Unsendable =
  | Secret
  | Error
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | symbol
  | ((...args: never[]) => unknown)

/**
 * `T` without any `Secret`, at any depth. Every way out of api takes a `Sendable<T>`, so that returning, logging or
 * rendering a Secret does not compile. A Map, a Set, an error, a function or a byte array isn't sendable either, nor is
 * what could be anything: `unknown`, `any`, `object`.
 */
export type Sendable<T> = unknown extends T
  ? CannotBeSent
  : T extends Unsendable
    ? CannotBeSent
    : T extends string | number | boolean | bigint | null | undefined | Date
      ? T
      : T extends readonly (infer Item)[]
        ? readonly Sendable<Item>[]
        : keyof T extends never
          ? CannotBeSent
          : { readonly [Key in keyof T]: Sendable<T[Key]> }
