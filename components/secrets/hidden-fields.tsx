import type { ReactNode } from "react"

/** Fields of a form that nobody types. */
export function HiddenFields({ fields }: { fields: Readonly<Record<string, string>> }): ReactNode {
  return Object.entries(fields).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)
}
