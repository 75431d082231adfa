"use client"

import type { ReactNode } from "react"
import { defaultEnvName } from "@/lib/contract/names"
import { type Category, categories, categoryLabel } from "@/lib/contract/words"
import { Field, Input } from "../ui/field"
import { Combobox, Select } from "../ui/select"
import type { Choice } from "./list-view"

export interface Metadata {
  category: Category | null
  description: string
  owner: string | null
  rotationDays: number | null
  /** Only one that was set; null where it follows from the name. */
  envName: string | null
}

const nothingSaid: Metadata = { category: null, description: "", owner: null, rotationDays: null, envName: null }

/** What is said of a secret: category, description, owner, rotation, environment name. `none` stands for nothing. */
export function MetadataFields({
  owners,
  name,
  said = nothingSaid,
}: {
  owners: readonly Choice[]
  /** The secret's name, if it has one yet: the environment name follows from it. */
  name?: string
  said?: Metadata
}): ReactNode {
  const categoryOptions = [
    { value: "none", label: "No category" },
    ...categories.map((value) => ({ value, label: categoryLabel[value] })),
  ]
  return (
    <>
      <Field
        label="Description"
        name="description"
        optional
        hint="What it opens, and where it is used. Seen by everyone who sees the name."
      >
        <Input defaultValue={said.description} maxLength={1000} autoComplete="off" />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Category" name="category" optional>
          <Select options={categoryOptions} defaultValue={said.category ?? "none"} />
        </Field>
        <Field label="Owner" name="owner" optional hint="Whom to ask about it.">
          <Combobox
            clearable
            options={owners}
            defaultValue={said.owner ?? ""}
            placeholder="Nobody"
            empty="Nobody of this name."
          />
        </Field>
        <Field label="Rotate every so many days" name="rotationDays" optional hint="After them it counts as due.">
          <Input
            type="number"
            min={1}
            max={3650}
            inputMode="numeric"
            placeholder="never"
            defaultValue={said.rotationDays ?? ""}
          />
        </Field>
        <Field label="Environment name" name="envName" optional hint="Only if it shall differ from the name.">
          <Input
            mono
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            placeholder={name === undefined ? "from the name" : defaultEnvName(name)}
            defaultValue={said.envName ?? ""}
          />
        </Field>
      </div>
    </>
  )
}
