/** What a log shows: the same words in the page's address and in the question to the API. */
import { type AuditClass, auditClasses, type Outcome, outcomes } from "@/lib/contract/words"
import { isKnownAction } from "./sentence"

export interface AuditFilters {
  /** A person's or service account's id. */
  actor: string | undefined
  action: string | undefined
  /** None means all but the looks. */
  classes: readonly AuditClass[]
  /** A secret's id or its name. */
  secret: string | undefined
  outcomes: readonly Outcome[]
  /** Days, both included, or one of `spans`. */
  from: string | undefined
  to: string | undefined
  last: Span | undefined
}

export const spans = { "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days" } as const
export type Span = keyof typeof spans

const hoursOf: Readonly<Record<Span, number>> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 }
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const day = /^\d{4}-\d{2}-\d{2}$/

/** The filters that an address asks for. What it doesn't know it leaves out, so that an old link still shows a log. */
export function readFilters(query: URLSearchParams): AuditFilters {
  const text = (name: string): string | undefined => {
    const said = query.get(name)?.trim().slice(0, 128)
    return said === "" ? undefined : said
  }
  const dayOf = (name: string): string | undefined => {
    const said = text(name)
    return said !== undefined && day.test(said) && !Number.isNaN(Date.parse(said)) ? said : undefined
  }
  const [actor, action] = [text("actor"), text("action")]
  return {
    actor: actor !== undefined && uuid.test(actor) ? actor : undefined,
    action: action !== undefined && isKnownAction(action) ? action : undefined,
    classes: auditClasses.filter((one) => query.getAll("class").includes(one)),
    secret: text("secret"),
    outcomes: outcomes.filter((one) => query.getAll("outcome").includes(one)),
    from: dayOf("from"),
    to: dayOf("to"),
    last: Object.keys(spans).find((span): span is Span => span === query.get("last")),
  }
}

/** The query of an address that shows these; empty for the plain log. */
export function filtersQuery(filters: AuditFilters): string {
  const query = new URLSearchParams()
  const { actor, action, classes, secret, outcomes: ends, from, to, last } = filters
  for (const [name, text] of Object.entries({ actor, action, secret, from, to, last }))
    if (text !== undefined) query.set(name, text)
  for (const one of classes) query.append("class", one)
  for (const one of ends) query.append("outcome", one)
  return query.size === 0 ? "" : `?${query}`
}

export interface AuditQuestion {
  actor?: string
  action?: string
  class?: AuditClass[]
  secret?: string
  outcome?: Outcome[]
  from?: string
  to?: string
}

/**
 * What the API is asked for these. Looks are left out until somebody asks for them: by class, or by an action. Days are
 * those of UTC, as the log's times are.
 */
export function questionOf(filters: AuditFilters, now: Date): AuditQuestion {
  const { actor, action, secret, outcomes: ends } = filters
  const classes = classesOf(filters)
  return {
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(secret !== undefined && { secret }),
    ...(classes !== undefined && { class: classes }),
    ...(ends.length > 0 && { outcome: [...ends] }),
    ...timesOf(filters, now),
  }
}

/** True where looks are part of what is shown: then each look at the log is itself the log's newest event. */
export function showsLooks(filters: AuditFilters): boolean {
  return classesOf(filters)?.includes("view") ?? true
}

/** True where what happens from now on can be part of it. */
export function reachesNow({ to, last }: AuditFilters, now: Date): boolean {
  return last !== undefined || to === undefined || new Date(`${to}T23:59:59.999Z`) >= now
}

function classesOf({ classes, action }: AuditFilters): AuditClass[] | undefined {
  if (classes.length > 0) return [...classes]
  return action === undefined ? auditClasses.filter((one) => one !== "view") : undefined
}

function timesOf({ from, to, last }: AuditFilters, now: Date): { from?: string; to?: string } {
  if (last !== undefined) return { from: new Date(now.getTime() - hoursOf[last] * 3_600_000).toISOString() }
  return {
    ...(from !== undefined && { from: `${from}T00:00:00.000Z` }),
    ...(to !== undefined && { to: `${to}T23:59:59.999Z` }),
  }
}

/** The query of `listAudit` and `exportAudit`. */
export function questionQuery(question: AuditQuestion, more: Readonly<Record<string, string>> = {}): URLSearchParams {
  const query = new URLSearchParams(more)
  for (const [name, said] of Object.entries(question))
    for (const one of [said].flat()) if (typeof one === "string") query.append(name, one)
  return query
}
