/** Answers questions about the table in rooms.mjs: which room is this, and may it import that? */
import { isBuiltin } from "node:module"
import { dirname, posix, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { house, tests } from "./rooms.mjs"

/** The repository's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")

/** A file's path in the repository, with slashes: `lib/core/secrets.ts`. */
export function pathInHouse(file) {
  return relative(root, file).split(sep).join("/")
}

/**
 * The room that a path is in: a key of `house`, `tests`, or undefined. The path may lack its ending, as imports in
 * app/ do.
 */
export function roomOf(path) {
  if (isTest(path)) return "tests"
  const matches = Object.entries(house).flatMap(([room, row]) =>
    row.where.filter((place) => isAt(path, place)).map((place) => ({ room, place })),
  )
  return matches.toSorted((a, b) => b.place.length - a.place.length)[0]?.room
}

/** True for tests and for what exists for tests alone. */
export function isTest(path) {
  return /\.test\.tsx?$/.test(path) || tests.some((place) => isAt(path, place))
}

/** True when `path` is the file `place`, or lies in the folder `place/`. */
export function isAt(path, place) {
  if (place.endsWith("/")) return path.startsWith(place) || `${path}/` === place
  return path === place || path === place.replace(/\.[a-z]+$/, "")
}

/**
 * Where an import leads: `{ path }` in the house, `{ package }` outside of it, or `{ nowhere }` with the reason.
 *
 * @param {string} fromPath the importing file's path in the repository
 * @param {string} specifier what stands in the quotes
 */
export function leadsTo(fromPath, specifier) {
  if (isBuiltin(specifier)) return { package: specifier.startsWith("node:") ? specifier : `node:${specifier}` }
  const wanted = specifier.replace(/[?#].*$/, "")
  if (wanted.startsWith("@/")) return inside(posix.normalize(wanted.slice(2)))
  if (/^\.\.?(\/|$)/.test(wanted)) return inside(posix.join(posix.dirname(fromPath), wanted))
  if (/^[a-z]+:|^[/#~]|^$/.test(wanted)) return { nowhere: "an import is a relative path, `@/` or a package" }
  return { package: wanted }
}

function inside(path) {
  if (path.startsWith("../") || path === "..") return { nowhere: "it leaves the repository" }
  if (path.split("/").includes("node_modules")) return { nowhere: "a package is imported by its name" }
  return { path }
}

/**
 * Why `fromPath` may not import `specifier`, or undefined when it may.
 *
 * @param {{ fromPath: string, specifier: string, typesOnly: boolean }} import_
 */
export function whyNot({ fromPath, specifier, typesOnly }) {
  const from = roomOf(fromPath)
  if (from === "tests") return undefined
  if (from === undefined) return `${fromPath} is in no room of the house. Give it a row in scripts/lint/rooms.mjs`
  const target = leadsTo(fromPath, specifier)
  if (target.nowhere !== undefined) return `"${specifier}" leads nowhere: ${target.nowhere}`
  if (target.path !== undefined) return whyNotRoom(from, target.path, typesOnly)
  return whyNotPackage(from, target.package)
}

function whyNotRoom(from, path, typesOnly) {
  const to = roomOf(path)
  if (to === undefined) return `${path} is in no room of the house. Give it a row in scripts/lint/rooms.mjs`
  if (names(from, to)) return undefined
  const { mayImport } = house[from]
  if (mayImport.some((room) => names(room, to))) return undefined
  const types = mayImport.some((room) => room.startsWith("types of ") && names(room.slice("types of ".length), to))
  if (types && typesOnly) return undefined
  if (types) return `${from} may import only types of ${to}: write \`import type\``
  return `${from} may not import ${to}. It may import ${list(mayImport)}`
}

function whyNotPackage(from, name) {
  const { packages } = house[from]
  if (packages.some((entry) => fits(entry, name))) return undefined
  return `${from} may not import the package ${name}. It may import ${list(packages)}`
}

function fits(entry, name) {
  if (entry === "anything") return true
  if (entry.endsWith("*")) return name.startsWith(entry.slice(0, -1))
  return name === entry || name.startsWith(`${entry}/`)
}

/**
 * All rooms whose code can come along when `room` is loaded: what it may import, what that may import, and so on.
 *
 * @param {string} room
 * @param {Set<string>} found
 * @returns {Set<string>}
 */
export function reachable(room, found = new Set()) {
  for (const next of house[room].mayImport.flatMap((name) => Object.keys(house).filter((to) => names(name, to)))) {
    if (found.has(next)) continue
    found.add(next)
    reachable(next, found)
  }
  return found
}

/** Naming a room names the rooms inside it. */
function names(room, to) {
  return to === room || to.startsWith(`${room}/`)
}

function list(items) {
  return items.length === 0 ? "nothing" : items.join(", ")
}
