"use client"

import { type ReactNode, useState } from "react"
import { Field } from "../ui/field"
import { Combobox, Select } from "../ui/select"
import type { InviteScope } from "./invite-person"
import { roleWords } from "./role-words"

/** A scope, and one of the roles that may be given there. What the role is for is said beneath. */
export function RoleAtScope({ scopes, here }: { scopes: readonly InviteScope[]; here: string }): ReactNode {
  const first = scopes.find(({ path }) => path === here) ?? scopes[0]
  const [path, setPath] = useState(first?.path ?? "")
  const roles = scopes.find((scope) => scope.path === path)?.roles ?? []
  const [wanted, setWanted] = useState<string>()
  const role = roles.find((one) => one === wanted) ?? roles.at(-1)
  return (
    <>
      <Field label="Scope" name="scope" hint="The role holds there and in everything beneath.">
        <Combobox
          defaultValue={path}
          onChange={setPath}
          options={scopes.map((scope) => ({ value: scope.path, label: scope.path }))}
          empty="You give no roles in a scope of this name."
        />
      </Field>
      <Field label="Role" name="role" hint={role && `A person with this role ${roleWords[role]}`}>
        <Select
          value={role ?? ""}
          onChange={setWanted}
          options={roles.map((one) => ({ value: one, label: one }))}
          placeholder="Choose a scope first"
        />
      </Field>
    </>
  )
}
