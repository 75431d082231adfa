"use client"

import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import { scopePage } from "../frame/addresses"
import { pathOf, readApi } from "../query/read-api"
import { counted } from "../secrets/phrases"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { Field } from "../ui/field"
import { Link } from "../ui/link"
import { Select } from "../ui/select"
import { Skeleton } from "../ui/states"

type SetDefault = (form: FormData) => Promise<FormAnswer>

/** Whose new secrets go there, and the way to change that. Nothing that is kept moves by it. */
export function DefaultCard({
  name,
  defaultOf,
  targets,
  mayChange,
  setDefault,
}: {
  name: string
  defaultOf: readonly string[]
  /** Scopes that the person can choose it for: the page's own and those beneath. */
  targets: readonly string[]
  mayChange: boolean
  setDefault: SetDefault
}): ReactNode {
  const others = targets.filter((path) => !defaultOf.includes(path))
  return (
    <Card
      title="Default"
      action={mayChange && others.length > 0 && <MakeDefault name={name} targets={others} setDefault={setDefault} />}
    >
      {defaultOf.length === 0 && (
        <p className="px-4 py-3 text-ink-3">No scope&apos;s new secrets go there by default.</p>
      )}
      <CardList label="Scopes whose new secrets go there">
        {defaultOf.map((path) => (
          <CardLine
            key={path}
            aside={
              mayChange &&
              targets.includes(path) && (
                <ConfirmedAct
                  act={{
                    title: `New secrets of ${path} go where the wider scope says`,
                    confirm: "Take it back",
                    done: `${name} is no longer the default of ${path}`,
                  }}
                  action={setDefault}
                  fields={{ scope: path, provider: "" }}
                  trigger={
                    <Button small look="quiet">
                      Take it back
                    </Button>
                  }
                >
                  <p>What {name} keeps stays there.</p>
                </ConfirmedAct>
              )
            }
          >
            New secrets of{" "}
            <Link href={scopePage(path)} className="rounded-small hover:underline">
              <code>{path}</code>
            </Link>
          </CardLine>
        ))}
      </CardList>
    </Card>
  )
}

function MakeDefault({
  name,
  targets,
  setDefault,
}: {
  name: string
  targets: readonly string[]
  setDefault: SetDefault
}): ReactNode {
  const [path, setPath] = useState(targets[0] ?? "")
  return (
    <ActDialog
      title={`Make ${name} a default`}
      description="New secrets are kept there from then on, also those of scopes beneath without a default of their own. Nothing that is kept moves."
      trigger={<Button small>Make it a default</Button>}
      action={setDefault}
      fields={{ provider: name }}
      submit={`Keep new secrets of ${path} there`}
      done={`New secrets of ${path} go to ${name}`}
    >
      <Field label="Scope" name="scope">
        <Select value={path} onChange={setPath} options={targets.map((value) => ({ value, label: value }))} />
      </Field>
      <WhatStays scope={path} />
    </ActDialog>
  )
}

/** The secrets that a change of the default doesn't touch, each with where it is. */
function WhatStays({ scope }: { scope: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ["what stays", scope],
    queryFn: ({ signal }) => readApi<"listSecrets">(pathOf`/api/v1/scopes/${scope}/secrets`, { limit: 50 }, signal),
  })
  if (error !== null) return <p className="text-bad">{error.message}</p>
  if (data === undefined) return <Skeleton className="h-3 w-64" />
  if (data.total === 0) return <p className="text-ink-3">{scope} has no secrets yet.</p>
  return (
    <div className="grid gap-1">
      <p className="text-ink-2">{counted(data.total, "secret")} of this scope stay where they are:</p>
      <ul
        tabIndex={0}
        aria-label="Secrets that stay where they are"
        className="max-h-44 divide-y divide-line overflow-y-auto rounded-card border border-line"
      >
        {data.items.map((secret) => (
          <Staying key={secret.id} secret={secret} />
        ))}
      </ul>
    </div>
  )
}

function Staying({ secret: { name, provider } }: { secret: SecretSummary }): ReactNode {
  return (
    <li className="flex flex-wrap gap-x-3 px-3 py-1">
      <span className="font-mono text-small font-semibold break-all">{name}</span>
      <span className="ml-auto text-ink-3">{provider.name}</span>
    </li>
  )
}
