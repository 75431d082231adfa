"use client"

import type { ReactNode } from "react"
import type { ProviderConsent } from "@/lib/contract/words"
import { Checkbox } from "../ui/choices"
import { consentWords } from "./words"

/** What has to be ticked deliberately before a provider like this is saved; each box says what it means. */
export function Consents({
  needed,
  agreed,
  onChange,
}: {
  needed: readonly ProviderConsent[]
  agreed: ReadonlySet<ProviderConsent>
  onChange: (agreed: ReadonlySet<ProviderConsent>) => void
}): ReactNode {
  if (needed.length === 0) return null
  return (
    <fieldset className="grid gap-3 rounded-card bg-warn-soft p-3">
      <legend className="sr-only">What you accept</legend>
      {needed.map((consent) => (
        <Checkbox
          key={consent}
          name="consents"
          value={consent}
          checked={agreed.has(consent)}
          onChange={() => onChange(agreed.symmetricDifference(new Set([consent])))}
          hint={<span className="text-ink-2">{consentWords[consent].consequence}</span>}
        >
          <span className="font-semibold">{consentWords[consent].agree}</span>
        </Checkbox>
      ))}
    </fieldset>
  )
}
