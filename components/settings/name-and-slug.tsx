"use client"

import { type ReactNode, useState } from "react"
import { Field, Input } from "../ui/field"
import { slugOf } from "./slug-of"

/** A name for people, and the slug that follows from it until somebody types another. */
export function NameAndSlug({
  label,
  name,
  slugName,
  hintOf,
}: {
  label: string
  name: string
  slugName: string
  /** What is said beneath the slug: where it is going to stand. */
  hintOf: (slug: string) => ReactNode
}): ReactNode {
  const [slug, setSlug] = useState("")
  const [isOwn, setIsOwn] = useState(false)
  return (
    <>
      <Field label={label} name={name}>
        <Input
          autoComplete="off"
          maxLength={128}
          onChange={(event) => {
            if (!isOwn) setSlug(slugOf(event.currentTarget.value))
          }}
        />
      </Field>
      <Field label="Name in addresses" name={slugName} hint={hintOf(slug)}>
        <Input
          mono
          value={slug}
          autoComplete="off"
          spellCheck={false}
          autoCapitalize="off"
          maxLength={63}
          onChange={(event) => {
            setIsOwn(event.currentTarget.value !== "")
            setSlug(event.currentTarget.value)
          }}
        />
      </Field>
    </>
  )
}
