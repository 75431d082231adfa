import type { ReactNode } from "react"
import { Field } from "../ui/field"
import { Select } from "../ui/select"
import { durationWords } from "./words"

export interface Times {
  cacheSeconds: number
  staleSeconds: number
  checkSeconds: number
}

const usual: Times = { cacheSeconds: 60, staleSeconds: 86_400, checkSeconds: 60 }

/** How long values are served from memory, and how often the provider is looked at: folded, since the usual fits most. */
export function CachingFields({ times = usual, isOpen = false }: { times?: Times; isOpen?: boolean }): ReactNode {
  return (
    <details open={isOpen}>
      <summary className="w-fit rounded-small text-ink-2">Caching and checks</summary>
      <div className="grid gap-4 pt-3 sm:grid-cols-3">
        <Field label="Ask again after" name="cacheSeconds" hint="A rotation at the backend arrives then at the latest.">
          <Select
            defaultValue={String(times.cacheSeconds)}
            options={choices([0, 10, 60, 300, 3_600], times.cacheSeconds)}
          />
        </Field>
        <Field label="While it is down, serve for" name="staleSeconds" hint="From memory, marked as such.">
          <Select
            defaultValue={String(times.staleSeconds)}
            options={choices([0, 3_600, 43_200, 86_400, 604_800], times.staleSeconds)}
          />
        </Field>
        <Field label="Check every" name="checkSeconds" hint="And look at what was changed there.">
          <Select
            defaultValue={String(times.checkSeconds)}
            options={choices([10, 60, 300, 3_600], times.checkSeconds)}
          />
        </Field>
      </div>
    </details>
  )
}

function choices(usually: readonly number[], now: number): { value: string; label: string }[] {
  return [...new Set([...usually, now])]
    .sort((one, other) => one - other)
    .map((seconds) => ({ value: String(seconds), label: seconds === 0 ? "Never" : durationWords(seconds) }))
}
