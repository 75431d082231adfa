/** Which secrets a list shows: the same words in the page's address and in the question to the API. */
import { type Category, categories, categoryLabel } from "@/lib/contract/words"
import { pathOf } from "../query/read-api"
import { stateChoices } from "./phrases"

const filterNames = ["vault", "category", "provider", "state", "owner"] as const
export type FilterName = (typeof filterNames)[number]

export interface ListView {
  isEffective: boolean
  filters: Readonly<Record<FilterName, readonly string[]>>
  text: string
  sort: "name" | "updated"
}

/** The view that an address asks for. What it doesn't know it leaves out, so that an old link still shows a list. */
export function readView(query: URLSearchParams): ListView {
  const known = (name: FilterName, values: readonly string[]): string[] =>
    query.getAll(name).filter((value) => values.includes(value))
  return {
    isEffective: query.get("view") === "effective",
    filters: {
      vault: query.getAll("vault").slice(0, 50),
      category: known("category", categories),
      provider: query.getAll("provider").slice(0, 50),
      state: known(
        "state",
        stateChoices.map(({ value }) => value),
      ),
      owner: query.getAll("owner").slice(0, 50),
    },
    text: (query.get("text") ?? "").slice(0, 128),
    sort: query.get("sort") === "updated" ? "updated" : "name",
  }
}

/** The query of an address that shows the view; empty for the plain list. */
export function viewQuery({ isEffective, filters, text, sort }: ListView): string {
  const query = new URLSearchParams()
  if (isEffective) query.set("view", "effective")
  for (const name of filterNames) for (const value of filters[name]) query.append(name, value)
  if (text !== "") query.set("text", text)
  if (sort !== "name") query.set("sort", sort)
  return query.size === 0 ? "" : `?${query}`
}

/** The address of `listSecrets` for a view, from a cursor on. `vault` narrows it to one vault's own page. */
export function listAddress(scope: string, view: ListView, cursor: string | undefined, vault?: string): string {
  const query = new URLSearchParams({ limit: String(pageSize) })
  if (view.isEffective) query.set("effective", "true")
  for (const name of filterNames) for (const value of filtersOf(view, vault)[name]) query.append(name, value)
  if (view.text !== "") query.set("text", view.text)
  if (view.sort !== "name") query.set("sort", view.sort)
  if (cursor !== undefined) query.set("cursor", cursor)
  return `${pathOf`/api/v1/scopes/${scope}/secrets`}?${query}`
}

export const pageSize = 100

/** A view's filters; on a vault's own page the vault is a matter of course. */
export function filtersOf(view: ListView, vault: string | undefined): ListView["filters"] {
  return vault === undefined ? view.filters : { ...view.filters, vault: [vault] }
}

export function withFilter(view: ListView, name: FilterName, value: string): ListView {
  const others = view.filters[name].filter((other) => other !== value)
  return { ...view, filters: { ...view.filters, [name]: [...others, value] } }
}

export function withoutFilter(view: ListView, name: FilterName, value: string): ListView {
  return { ...view, filters: { ...view.filters, [name]: view.filters[name].filter((other) => other !== value) } }
}

export function isFiltered(view: ListView): boolean {
  return view.text !== "" || filterNames.some((name) => view.filters[name].length > 0)
}

/** What a chip says for a filter's value. */
export function filterWords(name: FilterName, value: string, owners: readonly Choice[]): string {
  if (name === "category") return categoryLabel[value as Category] // readView let only categories through
  if (name === "state") return stateChoices.find((choice) => choice.value === value)?.label ?? value
  if (name === "owner") return owners.find((choice) => choice.value === value)?.label ?? "somebody"
  return value
}

export interface Choice {
  value: string
  label: string
}

export { filterNames }
