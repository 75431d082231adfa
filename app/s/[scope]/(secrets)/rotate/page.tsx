import type { Metadata } from "next"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import type { QueueItem } from "@/components/rotate/queue-step"
import { RotationQueue } from "@/components/rotate/rotation-queue"
import { counted } from "@/components/secrets/phrases"
import { maxQueue, readQueue } from "@/components/secrets/rotate-address"
import { Notice } from "@/components/ui/notice"
import { PageHead } from "@/components/ui/page-head"
import type { SecretSummary } from "@/lib/contract/dto"
import { formatReference, type SecretReference } from "@/lib/contract/names"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may, type PageQuery, queryOf } from "../../load"
import { rollBack, writeVersion } from "../actions"
import { NotForYou } from "../not-for-you"

export const metadata: Metadata = { title: "Rotate" }

/** The chosen secrets (`?secret=acme/default/KEY`, repeated), or the due ones of the scope. */
export default async function RotatePage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const query = queryOf(await searchParams)
  const scope = await loadScope(path)
  const isChosen = query.has("secret")
  const { found, missing } = isChosen ? await findChosen(readQueue(query)) : await findDue(path, query)
  return (
    <>
      <CrumbTitle>Rotate</CrumbTitle>
      <PageHead
        title={isChosen ? `Rotate ${counted(found.length, "secret")}` : `Rotate what is due`}
        sub="One field at a time. Nothing is saved before you have looked over all of it."
      />
      {missing.length > 0 && (
        <Notice tone="warn" title={`${counted(missing.length, "secret")} can't be rotated here`}>
          Deleted, renamed or not for you: {missing.join(", ")}.
        </Notice>
      )}
      {may(scope, "secret.write") ? (
        <RotationQueue scope={path} items={found.map(itemOf)} write={writeVersion} rollBack={rollBack} />
      ) : (
        <NotForYou scope={path} isAllowed={false} />
      )}
    </>
  )
}

interface Found {
  found: SecretSummary[]
  /** References of those that aren't there. */
  missing: string[]
}

async function findDue(scope: string, query: URLSearchParams): Promise<Found> {
  const vault = query.getAll("vault")
  const page = await forPage((api) =>
    api.listSecrets({
      scope,
      state: "rotation_due",
      effective: query.get("view") === "effective",
      limit: maxQueue,
      ...(vault.length > 0 && { vault }),
    }),
  )
  return { found: page.items.filter(({ shadowedBy }) => shadowedBy === null), missing: [] }
}

async function findChosen(references: readonly SecretReference[]): Promise<Found> {
  const asked = await Promise.all(references.map(async (reference) => ({ reference, secret: await find(reference) })))
  return {
    found: asked.flatMap(({ secret }) => secret ?? []),
    missing: asked.flatMap(({ reference, secret }) => (secret === undefined ? [formatReference(reference)] : [])),
  }
}

/** The secret that is defined at the reference's own scope, unless it is deleted. */
async function find({ scope, vault, secret }: SecretReference): Promise<SecretSummary | undefined> {
  const page = await forPage((api) => api.listSecrets({ scope, vault, text: secret, limit: 200 }))
  return page.items.find(({ name, state }) => name === secret && (state === "active" || state === "disabled"))
}

function itemOf({ id, scope, vault, name, description, currentVersion, updatedAt }: SecretSummary): QueueItem {
  return { id, scope, vault, name, description, currentVersion, updatedAt }
}
