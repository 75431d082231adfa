"use client"

import { type ReactNode, useState } from "react"
import { counted } from "../secrets/phrases"
import { Checkbox } from "../ui/choices"
import { Field } from "../ui/field"
import { Select } from "../ui/select"
import { CachingFields } from "./caching-fields"
import { Step } from "./step"

/** A scope that a provider can be the default of. */
export interface DefaultTarget {
  path: string
  kind: "organization" | "team" | "workspace"
  name: string
  /** Secrets defined there that could move. */
  secretCount: number
}

/** What the provider is for: whose new secrets go there, and whether the existing ones go too. */
export function UseStep({ number, targets }: { number: number; targets: readonly DefaultTarget[] }): ReactNode {
  const [path, setPath] = useState(targets[0]?.path ?? "")
  const [movesToo, setMovesToo] = useState(true)
  const target = targets.find((one) => one.path === path)
  return (
    <Step number={number} title="Use">
      <div className="grid gap-4 p-4">
        <Field
          label="Default for"
          name="defaultFor"
          hint="New secrets there are kept at this provider from now on. Nothing that is kept moves by that."
        >
          <Select
            value={path}
            onChange={setPath}
            options={[
              ...targets.map(({ path: value, kind, name }) => ({
                value,
                label: `${kindNames[kind]} ${name}`,
                note: value,
              })),
              { value: "", label: "No scope yet" },
            ]}
          />
        </Field>
        {target !== undefined && target.secretCount > 0 && (
          <Checkbox
            name="moveToo"
            value="1"
            checked={movesToo}
            onChange={setMovesToo}
            hint="Copied on the server, verified, then switched. Nobody sees a value, and each stays where it is until its copy is proven."
          >
            Move the {target.kind}&apos;s {counted(target.secretCount, "secret")} too
          </Checkbox>
        )}
        <CachingFields />
      </div>
    </Step>
  )
}

const kindNames = { organization: "Organization", team: "Team", workspace: "Workspace" } as const
