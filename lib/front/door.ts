import { AppError } from "../errors.ts"

/**
 * Who answers a request: `api` for `/api/v1`, `probe` for what watches the product (`/health`, `/metrics`), `console`
 * for everything else.
 */
export type Door = "api" | "probe" | "console"

/**
 * Finds the door of a request target.
 *
 * A path has one spelling here. The console decodes, folds and rewrites what it gets, so another spelling of
 * `/api/v1` could pass by the checks of this door and still arrive somewhere: each of them is refused. Nothing that
 * we serve needs an encoded slash, a dot segment, an empty segment or a `;`.
 *
 * @throws AppError `invalid`
 */
export function doorOf(target: string): Door {
  const end = target.indexOf("?")
  const path = end < 0 ? target : target.slice(0, end)
  if (unprintable.test(target)) throw unclear("It may hold printable ASCII only, and no fragment.")
  const door = namedDoor(path)
  const canonical = plain.test(path) ? path.toLowerCase() : canonicalPath(path)
  if (door !== namedDoor(canonical)) throw unclear("Write it in lower case and without encoding.")
  if (door === "console" && end >= 0) checkQuery(target.slice(end + 1))
  return door
}

const plain = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*\/?$/
const unprintable = /[^\x21-\x7e]|#/

function namedDoor(path: string): Door {
  if (isAtOrUnder("/api/v1", path)) return "api"
  return isAtOrUnder("/health", path) || isAtOrUnder("/metrics", path) ? "probe" : "console"
}

function isAtOrUnder(prefix: string, path: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 0x2f)
}

function canonicalPath(path: string): string {
  if (!path.startsWith("/")) throw unclear('It must begin with "/": give the host in the Host header alone.')
  if (/\/\/|[\\;]/.test(path)) throw unclear("It holds an empty segment, a backslash or a semicolon.")
  if (/%(?:[01][0-9a-f]|7f|2[3ef5]|3[bf]|5c)/i.test(path)) throw unclear("It holds an encoded separator.")
  const decoded = decode(path)
  if (/\/\.\.?(?:\/|$)/.test(decoded)) throw unclear("It holds a dot segment.")
  return decoded.normalize("NFKC").toLowerCase()
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw unclear("Its percent encoding is broken.", cause)
  }
}

/** Next takes route parameters from the query where it trusts whoever is in front of it. Nobody else may write them. */
function checkQuery(query: string): void {
  for (const name of new URLSearchParams(query).keys()) {
    if (/^(?:nxt[pi]|__next)/i.test(name)) throw unclear("Its query holds a name that is kept for the console.")
  }
}

function unclear(why: string, cause?: unknown): AppError {
  return new AppError("invalid", `The path of this request isn't clear. ${why}`, { cause })
}
