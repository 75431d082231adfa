/**
 * Paths at Vault, as lists of segments. A path from people's words is where one tenant gets into another's place: `..`
 * climbs, `#` and `?` cut the rest off, `%2F` becomes a slash at some proxy. So segments are checked before they are put
 * together, and what isn't plain is refused, never repaired.
 */
import { ProviderError } from "../provider.ts"

/**
 * Whether a segment can be sent so that it means itself to every Vault and every proxy before it. Vault takes no `..`
 * and nothing that can't be printed; it loses a dot at the end.
 */
export function isUsable(segment: string): boolean {
  return segment !== "" && segment.length <= 512 && segment.isWellFormed() && !misleading.test(segment)
}

// Controls, format characters and line separators, white space at the ends, and what a path or a proxy reads as syntax.
const misleading = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\#?%]|\.\.|^\.$|\.$|^\s|\s$/u

/**
 * The segments of a path such as `team/app`; none for "".
 * @throws ProviderError `invalid` when one can't be sent
 */
export function segmentsOf(path: string): string[] {
  if (path === "") return []
  const segments = path.split("/")
  checkSegments(segments)
  return segments
}

/** @throws ProviderError `invalid` */
function checkSegments(segments: readonly string[]): void {
  if (segments.every(isUsable)) return
  throw new ProviderError(
    "invalid",
    'A path at Vault can\'t have "..", "#", "?", "%", a backslash or invisible characters in it, an empty part, or a dot at the end of a part.',
  )
}

/** `a b/c` as it stands in a URL: `a%20b/c`. */
export function encoded(segments: readonly string[]): string {
  checkSegments(segments)
  return segments.map(encodeURIComponent).join("/")
}

/** Whether a path is `folder` or inside of it, segment by segment: `team/ab` isn't inside of `team/a`. */
export function isWithin(path: readonly string[], folder: readonly string[]): boolean {
  return folder.every((segment, index) => path[index] === segment)
}
