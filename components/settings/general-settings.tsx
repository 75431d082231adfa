"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import type { Environment, ScopeKind } from "@/lib/contract/words"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Card } from "../ui/card"
import { Fact, Facts } from "../ui/facts"
import { Field, Input } from "../ui/field"
import { useToast } from "../ui/toast"
import { WorkspaceFields } from "./workspace-fields"

interface ScopeSettings {
  path: string
  kind: ScopeKind
  name: string
  environment: Environment | null
  projects: readonly string[]
}

/** A scope's name and, for a workspace, what it is for. */
export function GeneralSettings({
  scope,
  mayManage,
  change,
}: {
  scope: ScopeSettings
  mayManage: boolean
  change: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const router = useRouter()
  const toast = useToast()
  if (!mayManage) return <GeneralFacts scope={scope} />
  return (
    <Card title="General" padded>
      <ActionForm
        keep
        label="General"
        action={change}
        submit="Save"
        onDone={() => {
          toast({ title: "The settings are saved." })
          router.refresh()
        }}
      >
        <HiddenFields fields={{ scope: scope.path }} />
        <Field label="Name" name="name" hint="For people. Addresses stay as they are.">
          <Input defaultValue={scope.name} autoComplete="off" maxLength={128} />
        </Field>
        {scope.kind === "workspace" && <WorkspaceFields environment={scope.environment} projects={scope.projects} />}
      </ActionForm>
    </Card>
  )
}

function GeneralFacts({ scope: { path, name, kind, environment, projects } }: { scope: ScopeSettings }): ReactNode {
  return (
    <Card title="General">
      <Facts>
        <Fact name="Name">{name}</Fact>
        <Fact name="Address">
          <code>{path}</code>
        </Fact>
        {kind === "workspace" && <Fact name="Environment">{environment ?? "none said"}</Fact>}
        {projects.length > 0 && <Fact name="Projects">{projects.join(", ")}</Fact>}
      </Facts>
    </Card>
  )
}
