"use client"

import { type ReactNode, useEffect, useRef } from "react"
import { auditClasses, outcomes } from "@/lib/contract/words"
import { dayWords } from "../secrets/phrases"
import { FilterBar, FilterChip, FilterInput, FilterMenu } from "../ui/filters"
import { type AuditFilters, filtersQuery, type Span, spans } from "./audit-filters"
import { DayRange } from "./day-range"
import { actionChoices, actionLabel, classWords, outcomeWords } from "./sentence"

export interface ActorChoice {
  value: string
  label: string
}

/** What the log is narrowed to, as chips, and what it can be narrowed by. All of it stands in the address. */
export function AuditFilterBar({
  path,
  filters,
  actors,
}: {
  path: string
  filters: AuditFilters
  actors: readonly ActorChoice[]
}): ReactNode {
  const href = (change: Partial<AuditFilters>): string => path + filtersQuery({ ...filters, ...change })
  return (
    <FilterBar>
      <SecretFilter secret={isId(filters.secret) ? undefined : filters.secret} hrefOf={(secret) => href({ secret })} />
      {chipsOf(filters, actors).map(({ words, without }) => (
        <FilterChip key={words} words={words} hrefWithout={href(without)} />
      ))}
      {filters.actor === undefined && (
        <FilterMenu name="who" choices={actors.map(({ value, label }) => ({ label, href: href({ actor: value }) }))} />
      )}
      {filters.action === undefined && (
        <FilterMenu
          name="action"
          choices={actionChoices.map(({ value, label }) => ({ label, href: href({ action: value }) }))}
        />
      )}
      <FilterMenu
        name="kind"
        choices={auditClasses
          .filter((one) => !filters.classes.includes(one))
          .map((one) => ({ label: classWords[one], href: href({ classes: [...filters.classes, one] }) }))}
      />
      <FilterMenu
        name="outcome"
        choices={outcomes
          .filter((one) => !filters.outcomes.includes(one))
          .map((one) => ({ label: outcomeWords[one], href: href({ outcomes: [...filters.outcomes, one] }) }))}
      />
      <FilterMenu
        name="time"
        choices={Object.entries(spans).map(([span, label]) => ({
          label,
          href: href({ last: span as Span, from: undefined, to: undefined }), // keys of that very table
          isCurrent: filters.last === span,
        }))}
      />
      <DayRange from={filters.from} to={filters.to} hrefOf={(days) => href({ ...days, last: undefined })} />
    </FilterBar>
  )
}

/** Looks for a secret by its name as it is typed; another filter's link may empty it. */
function SecretFilter({
  secret,
  hrefOf,
}: {
  secret: string | undefined
  hrefOf: (secret: string | undefined) => string
}): ReactNode {
  const field = useRef<HTMLDivElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    const input = field.current?.querySelector("input")
    if (input && input !== document.activeElement) input.value = secret ?? ""
  }, [secret])

  function look(text: string): void {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => history.replaceState(null, "", hrefOf(text.trim() || undefined)), 250)
  }

  return (
    <div ref={field} className="max-sm:w-full">
      <FilterInput label="A secret's name" defaultValue={secret ?? ""} onChange={look} />
    </div>
  )
}

interface Chip {
  words: string
  without: Partial<AuditFilters>
}

function chipsOf(filters: AuditFilters, actors: readonly ActorChoice[]): Chip[] {
  const { actor, action, classes, secret, outcomes: ends, from, to, last } = filters
  const chips: (Chip | undefined)[] = [
    actor === undefined
      ? undefined
      : {
          words: `who: ${actors.find(({ value }) => value === actor)?.label ?? actor.slice(0, 8)}`,
          without: { actor: undefined },
        },
    action === undefined ? undefined : { words: actionLabel(action), without: { action: undefined } },
    // A secret's id comes from its own page, where its name is.
    isId(secret) ? { words: "one secret", without: { secret: undefined } } : undefined,
    ...classes.map((one) => ({
      words: `kind: ${classWords[one].toLowerCase()}`,
      without: { classes: classes.filter((other) => other !== one) },
    })),
    ...ends.map((one) => ({
      words: `outcome: ${outcomeWords[one].toLowerCase()}`,
      without: { outcomes: ends.filter((other) => other !== one) },
    })),
    last === undefined ? undefined : { words: spans[last].toLowerCase(), without: { last: undefined } },
    from === undefined ? undefined : { words: `from ${dayWords(from)}`, without: { from: undefined } },
    to === undefined ? undefined : { words: `to ${dayWords(to)}`, without: { to: undefined } },
  ]
  return chips.filter((chip) => chip !== undefined)
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text)
}
