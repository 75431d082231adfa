import type { SearchHit } from "@/lib/contract/dto"
import {
  approvalPage,
  newVersionPage,
  noticesPage,
  type Place,
  personPage,
  providerPage,
  registerPage,
  scopePage,
  secretPage,
  sections,
  serviceAccountPage,
  transferPage,
  vaultPage,
} from "./addresses"
import type { PaletteAction } from "./palette-actions"
import type { FrameScope } from "./scope-tree"

export interface PaletteItem extends PaletteAction {
  /** What stands at its right: a scope, a kind. */
  aside?: string
  mono?: boolean
}

export interface PaletteGroup {
  value: string
  items: PaletteItem[]
}

const rotation = /^(?:rotate|write|new version(?: of)?)\s+/i

/** What is left to search for in "rotate DB_PASSWORD". */
export function searchedText(typed: string): string {
  return typed.replace(rotation, "")
}

/** Everything that the palette offers for what is typed, best first. */
export function paletteGroups(
  typed: string,
  known: {
    place: Place | undefined
    scopes: readonly FrameScope[]
    actions: readonly PaletteAction[]
    hits: readonly SearchHit[]
    /** Names of the providers that are known where this page is. */
    providers: readonly string[]
  },
): PaletteGroup[] {
  const fits = (words: string): boolean => holdsEach(words, typed)
  const scope = known.place?.scope ?? known.scopes.find((one) => one.visible)?.path
  const groups: PaletteGroup[] = [
    { value: "Actions", items: known.actions.filter(({ label }) => fits(label)) },
    { value: "Found", items: known.hits.flatMap((hit) => itemsOfHit(hit, rotation.test(typed))) },
    {
      value: "Providers",
      items: scope === undefined ? [] : known.providers.filter(fits).map((name) => providerItem(scope, name)),
    },
    { value: "Pages", items: scope === undefined ? [] : pagesOf(scope).filter(({ label }) => fits(label)) },
    {
      value: "Scopes",
      items: known.scopes.filter((one) => one.visible && fits(`${one.name} ${one.path}`)).map(scopeItem),
    },
  ]
  return groups
    .map(({ value, items }) => ({ value, items: items.slice(0, 20) }))
    .filter(({ items }) => items.length > 0)
}

/** True where each typed word begins somewhere in the words. */
function holdsEach(words: string, typed: string): boolean {
  const lower = words.toLowerCase()
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word))
}

function pagesOf(scope: string): PaletteItem[] {
  const pages = sections.map(({ id, label }) => ({
    id: `page ${id}`,
    label,
    href: scopePage(scope, id),
    aside: scope,
  }))
  const more = [
    { id: "page register", label: "Register a provider", href: registerPage(scope), aside: scope },
    { id: "page transfers", label: "Moves between providers", href: transferPage(scope), aside: scope },
    { id: "page approvals", label: "Requests for a second person", href: approvalPage(scope), aside: scope },
    { id: "page notices", label: "Notices", href: noticesPage(scope), aside: scope },
  ]
  return [...pages, ...more, { id: "page account", label: "Your account", href: "/account" }]
}

function providerItem(scope: string, name: string): PaletteItem {
  return { id: `provider ${name}`, label: name, href: providerPage(scope, name), aside: "provider", mono: true }
}

function scopeItem(scope: FrameScope): PaletteItem {
  return { id: `scope ${scope.path}`, label: scope.name, href: scopePage(scope.path), aside: scope.path }
}

function itemsOfHit(hit: SearchHit, isRotation: boolean): PaletteItem[] {
  const id = `${hit.kind} ${hit.id}`
  switch (hit.kind) {
    case "scope":
      // The scopes are here already.
      return []
    case "vault":
      return [
        { id, label: hit.label, href: vaultPage(hit.scope, hit.label), aside: `vault in ${hit.scope}`, mono: true },
      ]
    case "secret": {
      const vault = hit.vault ?? "default"
      const open = {
        id,
        label: hit.label,
        href: secretPage(hit.scope, vault, hit.label),
        aside: `${hit.scope}/${vault}`,
        mono: true,
      }
      const rotate = {
        ...open,
        id: `rotate ${id}`,
        label: `Rotate ${hit.label}`,
        href: newVersionPage(hit.scope, vault, hit.label),
        mono: false,
      }
      return isRotation ? [rotate, open] : [open]
    }
    case "service_account":
      return [
        {
          id,
          label: hit.label,
          href: serviceAccountPage(hit.scope, hit.label),
          aside: `service account in ${hit.scope}`,
          mono: true,
        },
      ]
    case "person":
      return [{ id, label: hit.label, href: personPage(hit.scope, hit.id), aside: "person" }]
  }
}
