import type { Metadata } from "next"
import type { ReactNode } from "react"
import { Beneath } from "@/components/settings/beneath"
import { DeleteScope } from "@/components/settings/delete-scope"
import { GeneralSettings } from "@/components/settings/general-settings"
import { ProtectionCard } from "@/components/settings/protection-card"
import { RenameAddress } from "@/components/settings/rename-address"
import { PageHead } from "@/components/ui/page-head"
import { type ListedWebhook, WebhookList } from "@/components/webhooks/webhook-list"
import type { ScopeDetail, Webhook } from "@/lib/contract/dto"
import { action } from "@/lib/web/action"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may } from "../load"
import { changeProtection, changeScope, createScope, deleteScope, renameScope } from "./actions"
import { changeWebhook, createWebhook, deleteWebhook, testWebhook } from "./webhook-actions"

interface Props {
  params: Promise<{ scope: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Settings of ${(await params).scope}` }
}

export default async function SettingsPage({ params }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const [scope, { items: scopes }] = await Promise.all([loadScope(path), forPage((api) => api.listScopes({}))])
  const mayManage = may(scope, "scope.manage") && (scope.kind !== "organization" || may(scope, "organization.manage"))
  const beneath = scopes.filter(
    (one) => one.path.startsWith(`${path}.`) && !one.path.slice(path.length + 1).includes("."),
  )
  const { kind, name, environment, projects, counts } = scope
  const managesAbove = await mayAbove(scope)
  return (
    <div className="grid max-w-form gap-4">
      <PageHead
        title="Settings"
        sub={
          <>
            The {kind} <code>{path}</code>
          </>
        }
      />
      <GeneralSettings scope={{ path, kind, name, environment, projects }} mayManage={mayManage} change={changeScope} />
      {kind !== "workspace" && (
        <Beneath
          parent={{ path, kind }}
          scopes={beneath.map((one) => ({
            path: one.path,
            name: one.name,
            environment: one.environment,
            visible: one.visible,
          }))}
          mayManage={may(scope, "scope.manage")}
          create={createScope}
        />
      )}
      <ProtectionCard
        scope={path}
        own={scope.protection}
        effective={scope.effectiveProtection}
        mayChange={mayManage}
        change={changeProtection}
      />
      {may(scope, "scope.manage") && (
        <WebhookList
          scope={path}
          webhooks={await loadWebhooks(path)}
          actions={{ create: createWebhook, change: changeWebhook, remove: deleteWebhook, test: testWebhook }}
        />
      )}
      {mayManage && (kind === "organization" || managesAbove) && (
        <RenameAddress path={path} kind={kind} rename={renameScope} />
      )}
      {kind !== "organization" && managesAbove && (
        <DeleteScope path={path} kind={kind} counts={counts} remove={deleteScope} />
      )}
    </div>
  )
}

async function loadWebhooks(scope: string): Promise<ListedWebhook[]> {
  const { items } = await forPage((api) => api.listWebhooks({ scope, limit: 200 }))
  return items.map(({ id, url, events, disabled, lastDelivery }: Webhook) => ({
    id,
    url,
    events,
    disabled,
    lastDelivery,
  }))
}

/** Deleting and naming a scope needs the permission where it lies. */
async function mayAbove({ parent }: ScopeDetail): Promise<boolean> {
  if (parent === null) return false
  const above = await action((api) => api.describeScope({ scope: parent }))
  return above.state === "done" && may(above.result, "scope.manage")
}
