"use client"

import { X } from "lucide-react"
import { useSearchParams } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { AdoptedRow } from "@/lib/contract/dto"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { keptPage, secretPage } from "../frame/addresses"
import type { AdoptAction } from "../providers/provider-actions"
import { HiddenFields } from "../secrets/hidden-fields"
import { counted } from "../secrets/phrases"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { ActionForm } from "../ui/action-form"
import { ButtonLink, IconButton } from "../ui/button"
import { Card } from "../ui/card"
import { RadioCards } from "../ui/choices"
import { Field, Input } from "../ui/field"
import { Link } from "../ui/link"
import { TwoColumns } from "../ui/page-head"
import { Select } from "../ui/select"
import { Tag } from "../ui/tag"
import { Browse } from "./browse"
import { type Chosen, faultOf, keyOf, lastPart, renamed, toggled } from "./chosen"

/** What lies at a provider is looked through at the left, and what is chosen of it is named and taken over at the right. */
export function Adopt({
  scope,
  provider,
  vaults,
  adopt,
}: {
  scope: string
  provider: string
  vaults: readonly string[]
  adopt: AdoptAction
}): ReactNode {
  const [chosen, setChosen] = useState<readonly Chosen[]>([])
  const [done, setDone] = useState<{ vault: string; rows: readonly AdoptedRow[] }>()
  const folder = useSearchParams().get("folder") ?? ""
  const keys = new Set(chosen.map(keyOf))
  return (
    <TwoColumns
      aside={
        <Card title="To adopt" padded>
          {chosen.length === 0 ? (
            <p className="text-ink-3">
              Tick what Strongroom shall know. It stays where it is; machines can then be granted it. No value is shown.
            </p>
          ) : (
            <ChosenForm
              scope={scope}
              provider={provider}
              vaults={vaults}
              chosen={chosen}
              onChosen={setChosen}
              adopt={adopt}
              onDone={(vault, rows) => {
                setDone({ vault, rows })
                setChosen(chosen.filter((_, index) => rows[index]?.outcome !== "adopted"))
              }}
            />
          )}
        </Card>
      }
    >
      {done !== undefined && <Result scope={scope} provider={provider} {...done} />}
      <Browse
        scope={scope}
        provider={provider}
        folder={folder}
        onFolder={goToFolder}
        choosing={{
          has: (location, field) => keys.has(keyOf({ location, field })),
          toggle: (location, field) => setChosen(toggled(chosen, { location, field })),
        }}
      />
    </TwoColumns>
  )
}

/** In the address, so that a folder can be shared and the way back works; what is chosen stays. */
function goToFolder(folder: string): void {
  history.pushState(null, "", folder === "" ? location.pathname : `?${new URLSearchParams({ folder })}`)
}

function ChosenForm({
  scope,
  provider,
  vaults,
  chosen,
  onChosen,
  adopt,
  onDone,
}: {
  scope: string
  provider: string
  vaults: readonly string[]
  chosen: readonly Chosen[]
  onChosen: (chosen: readonly Chosen[]) => void
  adopt: AdoptAction
  onDone: (vault: string, rows: readonly AdoptedRow[]) => void
}): ReactNode {
  const [vault, setVault] = useState(vaults.includes("default") ? "default" : (vaults[0] ?? ""))
  const withFreshSignIn = useFreshSignIn()
  const changed = useSecretsChanged()
  const fault = faultOf(chosen)
  return (
    <ActionForm
      keep
      label="Adopt what is chosen"
      action={(form) => withFreshSignIn(() => adopt(form))}
      {...(fault === undefined && { submit: `Adopt ${counted(chosen.length, "secret")}` })}
      onDone={(rows) => {
        onDone(vault, rows)
        changed()
      }}
    >
      <HiddenFields fields={{ scope, provider }} />
      <ul aria-label="Chosen" className="grid gap-3">
        {chosen.map((one) => (
          <ChosenRow key={keyOf(one)} one={one} chosen={chosen} onChosen={onChosen} />
        ))}
      </ul>
      <Field label="Vault" name="vault">
        <Select value={vault} onChange={setVault} options={vaults.map((value) => ({ value, label: value }))} />
      </Field>
      <RadioCards
        stacked
        name="ownership"
        label="What it is from now on"
        defaultValue="external"
        options={ownershipCards}
      />
      {fault !== undefined && (
        <p role="alert" className="text-bad">
          {fault}
        </p>
      )}
    </ActionForm>
  )
}

const ownershipCards = [
  {
    value: "external",
    title: "External",
    note: "Somebody else’s: Strongroom reads it and shows what changes, and never writes there.",
  },
  {
    value: "managed",
    title: "Managed",
    note: "Ours from now on: Strongroom’s marker is set there, and versions are written from here.",
  },
] as const

function ChosenRow({
  one,
  chosen,
  onChosen,
}: {
  one: Chosen
  chosen: readonly Chosen[]
  onChosen: (chosen: readonly Chosen[]) => void
}): ReactNode {
  const { location, field, name } = one
  const what = field === null ? lastPart(location) : `${lastPart(location)}, ${field}`
  return (
    <li className="flex items-end gap-1">
      <input type="hidden" name="location" value={location} />
      <input type="hidden" name="field" value={field ?? ""} />
      <Field label={<code>{field === null ? location : `${location} ${field}`}</code>} className="min-w-0 flex-1">
        <Input
          mono
          name="name"
          aria-label={`Name of ${what}`}
          value={name}
          onChange={(event) => onChosen(renamed(chosen, keyOf(one), event.currentTarget.value))}
          autoComplete="off"
          spellCheck={false}
          maxLength={128}
        />
      </Field>
      <IconButton label={`Leave ${what} out`} onClick={() => onChosen(toggled(chosen, one))}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </li>
  )
}

function Result({
  scope,
  provider,
  vault,
  rows,
}: {
  scope: string
  provider: string
  vault: string
  rows: readonly AdoptedRow[]
}): ReactNode {
  return (
    <Card
      title="Result"
      action={
        <ButtonLink small href={keptPage(scope, provider)}>
          Secrets kept at {provider}
        </ButtonLink>
      }
    >
      <ul aria-label="Result of each" className="divide-y divide-line">
        {rows.map(({ name, outcome, versions, problem }) => (
          <li key={name} className="flex min-h-row flex-wrap items-center gap-x-3 px-4 py-1">
            {outcome === "adopted" ? (
              <Link
                href={secretPage(scope, vault, name)}
                className="rounded-small font-mono text-small font-semibold break-all hover:underline"
              >
                {name}
              </Link>
            ) : (
              <span className="font-mono text-small font-semibold break-all">{name}</span>
            )}
            <span className="min-w-0 text-ink-3">{problem ?? counted(versions, "version")}</span>
            <span className="ml-auto">
              <Tag tone={outcome === "adopted" ? "ok" : "bad"}>{outcome === "adopted" ? "Adopted" : "Failed"}</Tag>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
