"use client"

import { type ReactNode, useState } from "react"
import type { Version } from "@/lib/contract/dto"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field } from "../ui/field"
import { RelativeTime } from "../ui/relative-time"
import { Select } from "../ui/select"
import { originWords, valueWords, versionStateWord } from "./phrases"

/** Two versions side by side: what is known of them, never what is in them. */
export function CompareVersions({ versions }: { versions: readonly Version[] }): ReactNode {
  const [left, setLeft] = useState(String(versions[1]?.number ?? ""))
  const [right, setRight] = useState(String(versions[0]?.number ?? ""))
  const options = versions.map(({ number }) => ({ value: String(number), label: `Version ${number}` }))
  const find = (number: string): Version | undefined => versions.find((version) => String(version.number) === number)
  return (
    <Dialog
      wide
      title="Compare two versions"
      description="What is known of them. Their values can't be compared here, by anybody."
      trigger={
        <Button look="quiet" small>
          Compare
        </Button>
      }
    >
      <div className="grid grid-cols-2 gap-3">
        <Field label="This version">
          <Select options={options} value={left} onChange={setLeft} />
        </Field>
        <Field label="with this one">
          <Select options={options} value={right} onChange={setRight} />
        </Field>
      </div>
      <FactsOfTwo left={find(left)} right={find(right)} />
    </Dialog>
  )
}

const rows: readonly { name: string; fact: (version: Version) => ReactNode }[] = [
  { name: "State", fact: (version) => versionStateWord(version).words },
  { name: "How", fact: originWords },
  { name: "By", fact: ({ createdBy }) => createdBy.name },
  { name: "When", fact: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  { name: "Size", fact: (version) => valueWords(version) ?? "destroyed" },
  { name: "Note", fact: ({ note }) => note || "none" },
]

function FactsOfTwo({ left, right }: { left: Version | undefined; right: Version | undefined }): ReactNode {
  if (left === undefined || right === undefined) return null
  return (
    <table className="w-full table-fixed border-collapse text-left">
      <thead className="sr-only">
        <tr>
          <th scope="col">Fact</th>
          <th scope="col">Version {left.number}</th>
          <th scope="col">Version {right.number}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, fact }) => (
          <tr key={name} className="border-t border-line align-top">
            <th scope="row" className="w-label py-2 pr-3 font-normal text-ink-3 max-sm:w-1/4">
              {name}
            </th>
            <td className="py-2 pr-3 break-words">{fact(left)}</td>
            <td className="py-2 break-words">{fact(right)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
