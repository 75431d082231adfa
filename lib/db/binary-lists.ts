/**
 * Lists as Postgres takes them in binary form (its `array_recv`): the driver sends a Buffer as it is. For statements
 * that every read and every write passes: in text form each element would be escaped here and parsed there.
 */

/** UUIDs with dashes. */
export function uuids(list: readonly (string | null)[]): Buffer {
  const made = begin(2950, list, 16 * list.length)
  for (const each of list) {
    if (each === null) made.absent()
    else made.uuid(each)
  }
  return made.end()
}

export function texts(list: readonly (string | null)[]): Buffer {
  let most = 0
  for (const each of list) if (each !== null) most += 3 * each.length
  const made = begin(25, list, most)
  for (const each of list) {
    if (each === null) made.absent()
    else made.text(each)
  }
  return made.end()
}

export function byteas(list: readonly Uint8Array[]): Buffer {
  let size = 0
  for (const each of list) size += each.byteLength
  const made = begin(17, list, size)
  for (const each of list) made.bytes(each)
  return made.end()
}

/** Integers of 32 bits. */
export function ints(list: readonly (number | null)[]): Buffer {
  const made = begin(23, list, 4 * list.length)
  for (const each of list) {
    if (each === null) made.absent()
    else made.int(each)
  }
  return made.end()
}

/** Integers of 64 bits. */
export function bigints(list: readonly bigint[]): Buffer {
  const made = begin(20, list, 8 * list.length)
  for (const each of list) made.bigint(each)
  return made.end()
}

/** Times with their zone; Postgres counts microseconds from the year 2000. */
export function times(list: readonly Date[]): Buffer {
  const made = begin(1184, list, 8 * list.length)
  for (const each of list) made.bigint(BigInt(each.getTime() - year2000) * 1000n)
  return made.end()
}

const year2000 = Date.UTC(2000)

/** `type` is the elements' number in pg_type, which never changes; `size` the most bytes that the elements take. */
function begin(type: number, list: readonly unknown[], size: number): BinaryList {
  return new BinaryList(type, list.length, size)
}

class BinaryList {
  readonly #bytes: Buffer
  #at = 0
  #last: string | undefined

  constructor(type: number, count: number, size: number) {
    this.#bytes = Buffer.allocUnsafe(20 + 4 * count + size)
    // An empty list has no dimensions; else there is one, counted from 1, in which something may be absent.
    const head = count === 0 ? [0, 0, type] : [1, 1, type, count, 1]
    for (const each of head) this.#write(each)
  }

  absent(): void {
    this.#write(-1)
    this.#last = undefined
  }

  int(value: number): void {
    this.#write(4)
    this.#write(value)
  }

  bigint(value: bigint): void {
    this.#write(8)
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at)
  }

  bytes(value: Uint8Array): void {
    this.#write(value.byteLength)
    this.#bytes.set(value, this.#at)
    this.#at += value.byteLength
  }

  /** Half a character would become another one on its way, and an event's hash wouldn't be that of what is kept. */
  text(value: string): void {
    if (!value.isWellFormed()) throw new UnkeepableText()
    const length = this.#bytes.write(value, this.#at + 4)
    this.#write(length)
    this.#at += length
  }

  /**
   * The values of a column are often the same one, which then needn't be read again. What isn't hexadecimal through and
   * through is refused by Postgres for its length.
   */
  uuid(value: string): void {
    if (value === this.#last) {
      const before = this.#at - 20
      this.#bytes.copyWithin(this.#at, before, this.#at)
      this.#at += 20
      return
    }
    const written = this.#bytes.write(value.replaceAll("-", ""), this.#at + 4, 16, "hex")
    this.#write(written)
    this.#at += written
    this.#last = written === 16 ? value : undefined
  }

  end(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #write(value: number): void {
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }
}

/** Refused here as Postgres refuses it in text form, and by the same code: `character_not_in_repertoire`. */
class UnkeepableText extends Error {
  readonly code = "22021"

  constructor() {
    super("This text holds half a character, which no row can keep.")
    this.name = "UnkeepableText"
  }
}
