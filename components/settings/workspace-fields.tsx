"use client"

import type { ReactNode } from "react"
import { type Environment, environments } from "@/lib/contract/words"
import { Field, Textarea } from "../ui/field"
import { Select } from "../ui/select"

/** What a workspace is for: its environment, and the projects that it serves. */
export function WorkspaceFields({
  environment = null,
  projects = [],
}: {
  environment?: Environment | null
  projects?: readonly string[]
}): ReactNode {
  return (
    <>
      <Field label="Environment" name="environment" hint="A label, shown wherever the workspace is.">
        <Select
          defaultValue={environment ?? ""}
          placeholder="None"
          options={[{ value: "", label: "None" }, ...environments.map((one) => ({ value: one, label: one }))]}
        />
      </Field>
      <Field label="Projects" name="projects" optional hint="Which ones it serves, one a line.">
        <Textarea defaultValue={projects.join("\n")} rows={3} autoComplete="off" />
      </Field>
    </>
  )
}
