"use client"

import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { pathOf, readApi } from "../query/read-api"
import { Field } from "../ui/field"
import { Combobox, Select } from "../ui/select"
import { ErrorState, Skeleton } from "../ui/states"

export interface Target {
  scope: string
  vault: string
  /** How many service accounts may read a secret put there; undefined until it is known. */
  readableBy: number | undefined
  workspacesBeneath: number
}

/** A scope and one of its vaults, to move something to. Inside a form it sends `toScope` and `toVault`. */
export function MoveTarget({
  from,
  onChange,
}: {
  from: { scope: string; vault: string }
  onChange: (target: Target | undefined) => void
}): ReactNode {
  const [scope, setScope] = useState(from.scope)
  const scopes = useQuery({
    queryKey: ["scopes"],
    queryFn: ({ signal }) => readApi<"listScopes">(pathOf`/api/v1/scopes`, {}, signal),
  })
  if (scopes.isPending) return <Skeleton className="h-control w-full" />
  if (scopes.error) return <ErrorState title="The scopes could not be read">{scopes.error.message}</ErrorState>
  const options = scopes.data.items.filter(({ visible }) => visible).map(({ path }) => ({ value: path, label: path }))
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Scope" name="toScope">
        <Combobox
          options={options}
          defaultValue={scope}
          onChange={(next) => {
            setScope(next)
            onChange(undefined)
          }}
        />
      </Field>
      {scope !== "" && <VaultOf key={scope} scope={scope} from={from} onChange={onChange} />}
    </div>
  )
}

function VaultOf({
  scope,
  from,
  onChange,
}: {
  scope: string
  from: { scope: string; vault: string }
  onChange: (target: Target | undefined) => void
}): ReactNode {
  const vaults = useQuery({
    queryKey: ["vaults", scope],
    queryFn: ({ signal }) => readApi<"listVaults">(pathOf`/api/v1/scopes/${scope}/vaults`, { limit: 200 }, signal),
  })
  if (vaults.isPending) return <Skeleton className="mt-5 h-control w-full" />
  if (vaults.error) return <ErrorState title="The vaults could not be read">{vaults.error.message}</ErrorState>
  const { items } = vaults.data
  return (
    <Field label="Vault" name="toVault">
      <Select
        options={items.map(({ name, inheritable }) => ({
          value: name,
          label: name,
          ...(!inheritable && { note: "private" }),
          disabled: scope === from.scope && name === from.vault,
        }))}
        onChange={(name) => {
          const vault = items.find((one) => one.name === name)
          onChange(
            vault && {
              scope,
              vault: vault.name,
              readableBy: vault.readableBy,
              workspacesBeneath: vault.workspacesBeneath,
            },
          )
        }}
      />
    </Field>
  )
}
