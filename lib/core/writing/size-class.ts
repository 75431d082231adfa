import type { SizeClass } from "../../contract/dto.ts"

/**
 * The range of sizes that is told of a value of this many bytes, never the size itself: 1 to 8, then to 12, 16, 24, 32,
 * 48, 64, and so on, each bound half as much again or a third more than the one before.
 */
export function sizeClassOf(bytes: number): SizeClass {
  if (bytes <= 8) return { atLeast: 1, atMost: 8 }
  let below = 8
  let atMost = 12
  while (bytes > atMost) [below, atMost] = [atMost, isPowerOfTwo(atMost) ? (atMost / 2) * 3 : (atMost / 3) * 4]
  return { atLeast: below + 1, atMost }
}

function isPowerOfTwo(number: number): boolean {
  return Math.log2(number) % 1 === 0
}
