/** What was chosen at a backend to be taken over: a whole secret, or one field of it, and the name that it gets here. */

export interface Chosen {
  location: string
  /** Null for the whole secret. */
  field: string | null
  name: string
}

/** What a choice is known by, whatever it is called. */
export function keyOf({ location, field }: Pick<Chosen, "location" | "field">): string {
  return field === null ? location : `${location}\n${field}`
}

/** `payments/db` and its field `password` suggest `db_password`; what our names can't hold becomes `_`. */
export function suggestedName({ location, field }: Pick<Chosen, "location" | "field">): string {
  const last = lastPart(location)
  const words = field === null ? last : `${last}_${field}`
  return words.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 128)
}

/** The part of a path that a list shows: `payments/db/` is `db`. */
export function lastPart(path: string): string {
  return path.replace(/\/$/, "").split("/").at(-1) ?? path
}

/** The folders on the way to a folder, the prefix itself first. */
export function foldersTo(folder: string): { path: string; label: string }[] {
  const parts = folder.split("/").filter((part) => part !== "")
  const ways = parts.map((label, index) => ({ path: parts.slice(0, index + 1).join("/"), label }))
  return [{ path: "", label: "All" }, ...ways]
}

/** Choosing it again takes it back. */
export function toggled(chosen: readonly Chosen[], one: Pick<Chosen, "location" | "field">): Chosen[] {
  const key = keyOf(one)
  const others = chosen.filter((other) => keyOf(other) !== key)
  return others.length < chosen.length ? others : [...chosen, { ...one, name: suggestedName(one) }]
}

export function renamed(chosen: readonly Chosen[], key: string, name: string): Chosen[] {
  return chosen.map((one) => (keyOf(one) === key ? { ...one, name } : one))
}

/** Why these can't be taken over yet; undefined when they can. Names are one name whatever their case. */
export function faultOf(chosen: readonly Chosen[]): string | undefined {
  const names = chosen.map(({ name }) => name.toLowerCase())
  if (names.some((name) => name === "")) return "Each needs a name."
  const twice = chosen.find((_, index) => names.indexOf(names[index] ?? "") !== index)
  return twice === undefined ? undefined : `Two of them are called ${twice.name}.`
}
