/**
 * Finds which of many thousand byte strings stand in something large, in one pass over it: a rolling hash of a few bytes
 * is looked up for each place, and only where one fits is the whole string compared.
 */

/** No needle may be shorter: that many bytes are looked at together. */
export const shortestNeedle = 12

export interface Needle<Meaning> {
  bytes: Uint8Array
  means: Meaning
}

interface Window<Meaning> extends Needle<Meaning> {
  /** Where in the needle the hashed bytes begin: in its middle, since many begin and end alike. */
  from: number
}

export type NeedleSearch<Meaning> = (haystack: Uint8Array) => Set<Meaning>

const tableBits = 22
const factor = 0x01000193
/** The factor's power that the byte which leaves the window was multiplied by. */
const leaving = Array.from({ length: shortestNeedle }).reduce<number>((power) => Math.imul(power, factor), 1)

/** Makes the search for these needles. Throws for one that is too short. */
export function searchFor<Meaning>(needles: readonly Needle<Meaning>[]): NeedleSearch<Meaning> {
  const windows = needles.map(windowOf)
  const byHash = Map.groupBy(windows, ({ bytes, from }) => hashOf(bytes, from))
  const table = new Uint8Array(1 << (tableBits - 3))
  for (const hash of byHash.keys()) setBit(table, slotOf(hash))
  return (haystack) => {
    const found = new Set<Meaning>()
    walk(haystack, (hash, at) => {
      const slot = slotOf(hash)
      if (((table[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) return
      for (const window of byHash.get(hash) ?? [])
        if (standsAt(haystack, at - window.from, window.bytes)) found.add(window.means)
    })
    return found
  }
}

function windowOf<Meaning>({ bytes, means }: Needle<Meaning>): Window<Meaning> {
  if (bytes.length < shortestNeedle) throw new Error(`A needle has at least ${shortestNeedle} bytes.`)
  return { bytes, means, from: (bytes.length - shortestNeedle) >>> 1 }
}

function hashOf(bytes: Uint8Array, from: number): number {
  let hash = 0
  for (let at = from; at < from + shortestNeedle; at += 1) hash = (Math.imul(hash, factor) + (bytes[at] ?? 0) + 1) | 0
  return hash
}

/** The hash of each window of the haystack, from the first to the last, and where it begins. */
function walk(haystack: Uint8Array, look: (hash: number, at: number) => void): void {
  if (haystack.length < shortestNeedle) return
  let hash = hashOf(haystack, 0)
  look(hash, 0)
  for (let end = shortestNeedle; end < haystack.length; end += 1) {
    const left = haystack[end - shortestNeedle] ?? 0
    hash = (Math.imul(hash, factor) + (haystack[end] ?? 0) + 1 - Math.imul(leaving, left + 1)) | 0
    look(hash, end - shortestNeedle + 1)
  }
}

function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - tableBits)
}

function setBit(table: Uint8Array, slot: number): void {
  table[slot >>> 3] = (table[slot >>> 3] ?? 0) | (1 << (slot & 7))
}

function standsAt(haystack: Uint8Array, start: number, bytes: Uint8Array): boolean {
  if (start < 0 || start + bytes.length > haystack.length) return false
  return bytes.every((byte, index) => haystack[start + index] === byte)
}
