"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import type { Environment, ScopeKind } from "@/lib/contract/words"
import { ActDialog } from "../acts/act-dialog"
import { usePressed } from "../acts/use-pressed"
import { scopePage } from "../frame/addresses"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { Link } from "../ui/link"
import { Tag } from "../ui/tag"
import { NameAndSlug } from "./name-and-slug"
import { WorkspaceFields } from "./workspace-fields"

type MakeScope = (form: FormData) => Promise<FormAnswer<{ path: string }>>

/** The teams of an organization, or the workspaces of a team, and the way to make another. */
export function Beneath({
  parent,
  scopes,
  mayManage,
  create,
}: {
  parent: { path: string; kind: ScopeKind }
  scopes: readonly { path: string; name: string; environment: Environment | null; visible: boolean }[]
  mayManage: boolean
  create: MakeScope
}): ReactNode {
  const kind = parent.kind === "organization" ? "team" : "workspace"
  return (
    <Card
      title={kind === "team" ? "Teams" : "Workspaces"}
      action={mayManage && <NewScope parent={parent.path} kind={kind} create={create} />}
    >
      {scopes.length === 0 && (
        <p className="px-4 py-3 text-ink-3">
          {kind === "team"
            ? "No teams yet. A team has its own people, workspaces and secrets."
            : "No workspaces yet. A workspace is where machines read: production, staging, one for each service."}
        </p>
      )}
      <CardList label={kind === "team" ? "Teams" : "Workspaces"}>
        {scopes.map(({ path, name, environment, visible }) => (
          <CardLine key={path} aside={<code>{path}</code>}>
            <span className="inline-flex items-center gap-2">
              {visible ? (
                <Link href={scopePage(path, "settings")} className="rounded-small font-semibold hover:underline">
                  {name}
                </Link>
              ) : (
                name
              )}
              {environment !== null && (
                <Tag tone={environment === "production" ? "accent" : "neutral"}>{environment}</Tag>
              )}
            </span>
          </CardLine>
        ))}
      </CardList>
    </Card>
  )
}

function NewScope({
  parent,
  kind,
  create,
}: {
  parent: string
  kind: "team" | "workspace"
  create: MakeScope
}): ReactNode {
  const router = useRouter()
  usePressed("new-scope", `New ${kind} in ${parent}`)
  return (
    <ActDialog
      title={`New ${kind}`}
      description={`In ${parent}. It starts with a vault called default.`}
      trigger={
        <Button id="new-scope" small shortcut="c" shortcutLabel={`New ${kind}`}>
          New {kind}
        </Button>
      }
      action={create}
      fields={{ scope: parent }}
      submit={`Make the ${kind}`}
      onDone={({ path }) => router.push(scopePage(path))}
    >
      <NameAndSlug
        label="Name"
        name="name"
        slugName="slug"
        hintOf={(slug) => (
          <>
            Its address is{" "}
            <code>
              {parent}.{slug || "…"}
            </code>
          </>
        )}
      />
      {kind === "workspace" && <WorkspaceFields />}
    </ActDialog>
  )
}
