/** The console's pages by their things. Names are safe in a path as they are, but a mistake must not become a path. */
export function scopePage(scope: string, page?: SectionId): string {
  const address = `/s/${encodeURIComponent(scope)}`
  return page === undefined || page === "secrets" ? address : `${address}/${page}`
}

export function vaultPage(scope: string, vault: string): string {
  return `${scopePage(scope)}?vault=${encodeURIComponent(vault)}`
}

export function secretPage(scope: string, vault: string, secret: string): string {
  return `${scopePage(scope)}/vaults/${encodeURIComponent(vault)}/${encodeURIComponent(secret)}`
}

/** The secret's page with the field for a new version open. */
export function newVersionPage(scope: string, vault: string, secret: string): string {
  return `${secretPage(scope, vault, secret)}?write=1`
}

export function serviceAccountPage(scope: string, account: string): string {
  return `${scopePage(scope, "service-accounts")}/${encodeURIComponent(account)}`
}

export function personPage(scope: string, person: string): string {
  return `${scopePage(scope, "people")}/${encodeURIComponent(person)}`
}

/** A provider as it is seen from a scope: its own, a wider one's, or `built-in`. */
export function providerPage(scope: string, provider: string, part?: "settings" | "adopt"): string {
  const page = `${scopePage(scope, "providers")}/${encodeURIComponent(provider)}`
  return part === undefined ? page : `${page}/${part}`
}

/** Where a provider is registered; with a draft's id, what was tried stands there again. */
export function registerPage(scope: string, draft?: string): string {
  const page = `${scopePage(scope, "providers")}/new`
  return draft === undefined ? page : `${page}?draft=${encodeURIComponent(draft)}`
}

export function transferPage(scope: string, transfer?: string): string {
  const page = `${scopePage(scope)}/transfers`
  return transfer === undefined ? page : `${page}/${encodeURIComponent(transfer)}`
}

/** What waits for a second person at a scope, or one such request. */
export function approvalPage(scope: string, approval?: string): string {
  const page = `${scopePage(scope)}/approvals`
  return approval === undefined ? page : `${page}/${encodeURIComponent(approval)}`
}

export function noticesPage(scope: string): string {
  return `${scopePage(scope)}/notices`
}

/** The secrets of a scope that a provider keeps. */
export function keptPage(scope: string, provider: string): string {
  return `${scopePage(scope)}?provider=${encodeURIComponent(provider)}`
}

/** The parts of a scope, in the order of the rail. */
export const sections = [
  { id: "secrets", label: "Secrets" },
  { id: "providers", label: "Providers" },
  { id: "service-accounts", label: "Service accounts" },
  { id: "people", label: "People" },
  { id: "audit", label: "Audit" },
  { id: "settings", label: "Settings" },
] as const
export type SectionId = (typeof sections)[number]["id"]

export interface Place {
  scope: string
  section: SectionId | undefined
  /** What comes after the section: a vault and a secret, a service account's name, a person's id. */
  rest: readonly string[]
}

/** Where a path of the console is; undefined outside of scopes (the account's own page). */
export function placeOf(pathname: string): Place | undefined {
  const [, s, scope, section, ...rest] = pathname.split("/").map(decode)
  if (s !== "s" || !scope) return undefined
  if (section === undefined || section === "vaults") return { scope, section: "secrets", rest }
  const known = sections.find(({ id }) => id === section)
  return known ? { scope, section: known.id, rest } : { scope, section: undefined, rest: [section, ...rest] }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A broken escape is shown as it was typed; the page answers not_found.
    return part
  }
}
