import type { Metadata } from "next"
import { cookies } from "next/headers"
import type { ReactNode } from "react"
import { DriftBanner } from "@/components/secrets/drift-banner"
import { DeletedHere, InheritedFrom } from "@/components/secrets/elsewhere"
import { explainedCookie } from "@/components/secrets/explained"
import { ExternalNotice } from "@/components/secrets/external-notice"
import { History } from "@/components/secrets/history"
import { LookNow } from "@/components/secrets/look-now"
import type { EarlierVersion } from "@/components/secrets/roll-back"
import { Saved } from "@/components/secrets/saved"
import { SecretFacts } from "@/components/secrets/secret-facts"
import { SecretHead } from "@/components/secrets/secret-head"
import { CanBeReadBy, WhoRunsWhichVersion } from "@/components/secrets/who-runs-what"
import { TwoColumns } from "@/components/ui/page-head"
import type { SecretDetail, SecretSummary, Version } from "@/lib/contract/dto"
import { forPage } from "@/lib/web/page"
import {
  knownScope,
  knownSecret,
  knownVault,
  loadOwners,
  loadScope,
  may,
  type PageQuery,
  queryOf,
} from "../../../../load"
import {
  acceptDrift,
  changeSecret,
  deleteSecret,
  deleteVersion,
  destroySecret,
  destroyVersion,
  disableSecret,
  disableVersion,
  enableSecret,
  enableVersion,
  manageSecret,
  moveSecret,
  observeSecret,
  releaseSecret,
  restoreSecret,
  restoreVersion,
  rollBack,
  writeVersion,
} from "../../../actions"

interface Props {
  params: Promise<{ scope: string; vault: string; secret: string }>
  searchParams: PageQuery
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).secret }
}

/** What is known of a secret: facts, history, who runs which version, who may read it. */
export default async function SecretPage({ params, searchParams }: Props): Promise<ReactNode> {
  const texts = await params
  const query = queryOf(await searchParams)
  const address = { scope: knownScope(texts.scope), vault: knownVault(texts.vault), secret: knownSecret(texts.secret) }
  const { scope, secret, versions, fetches, readers, deleted } = await load(address)
  const isInherited = secret.scope !== address.scope
  const isExternal = secret.ownership === "external"
  const mayChange = !isInherited && may(scope, "secret.write")
  // What is somebody else's isn't changed here.
  const mayHere = {
    write: mayChange && !isExternal,
    destroy: !isInherited && !isExternal && may(scope, "secret.destroy"),
  }
  const earlier = secret.abilities.versions === "none" ? [] : versions.items.filter(canComeBack).map(earlierFacts)
  const here = { scope: secret.scope, vault: secret.vault, name: secret.name }
  return (
    <>
      <SecretHead
        key={secret.id}
        secret={leafFacts(secret)}
        owners={mayHere.write ? await loadOwners(scope) : []}
        earlier={earlier}
        may={mayHere}
        startsWriting={query.has("write")}
        actions={{
          writeVersion,
          changeSecret,
          moveSecret,
          disableSecret,
          enableSecret,
          deleteSecret,
          restoreSecret,
          destroySecret,
          rollBack,
        }}
      />
      <Saved
        saved={query.get("saved") ?? undefined}
        currentVersion={secret.currentVersion}
        newHref={`/s/${address.scope}/new?vault=${address.vault}`}
      />
      {secret.driftedAt !== null && secret.currentVersion !== null && (
        <DriftBanner
          address={here}
          driftedAt={secret.driftedAt}
          currentVersion={secret.currentVersion}
          earlier={earlier.filter(({ origin }) => origin !== "changed_at_backend")}
          may={{ accept: mayChange, putBack: mayHere.write }}
          accept={acceptDrift}
          rollBack={rollBack}
        />
      )}
      {isExternal && !isInherited && (
        <ExternalNotice
          address={here}
          provider={secret.provider.name}
          may={{ manage: may(scope, "delegate"), release: may(scope, "secret.destroy") }}
          manage={manageSecret}
          release={releaseSecret}
        />
      )}
      {isInherited && <InheritedFrom at={address.scope} secret={here} mayOverride={may(scope, "secret.write")} />}
      {deleted && (
        <DeletedHere
          secret={{ scope: deleted.scope, vault: deleted.vault, name: deleted.name }}
          purgeAfter={deleted.purgeAfter}
          mayRestore={may(scope, "secret.write")}
          restore={restoreSecret}
        />
      )}
      <TwoColumns
        aside={
          <>
            <WhoRunsWhichVersion secret={secret} fetches={fetches.items} />
            <CanBeReadBy secret={secret} readers={readers.items} />
          </>
        }
      >
        <SecretFacts
          secret={secret}
          explain={!(await cookies()).has(explainedCookie)}
          lookNow={
            mayChange &&
            secret.provider.kind !== "local_encrypted" && <LookNow address={here} observe={observeSecret} />
          }
        />
        <History
          // What was read of older versions belongs to this state of the secret.
          key={`${secret.id} ${versions.items[0]?.number ?? 0}`}
          address={here}
          first={versions}
          currentVersion={secret.currentVersion}
          abilities={secret.abilities}
          may={mayHere}
          actions={{ rollBack, disableVersion, enableVersion, deleteVersion, restoreVersion, destroyVersion }}
        />
      </TwoColumns>
    </>
  )
}

async function load(address: { scope: string; vault: string; secret: string }) {
  const [scope, secret, versions, fetches, readers] = await Promise.all([
    loadScope(address.scope),
    forPage((api) => api.describeSecret(address)),
    forPage((api) => api.listVersions({ ...address, limit: 20 })),
    forPage((api) => api.listFetches({ ...address, limit: 8 })),
    forPage((api) => api.listReaders({ ...address, limit: 8 })),
  ])
  const deleted = secret.scope === address.scope ? undefined : await findDeleted(address)
  return { scope, secret, versions, fetches, readers, deleted }
}

/** A deleted secret of this scope, behind whose name a wider scope's shows now. */
async function findDeleted(address: {
  scope: string
  vault: string
  secret: string
}): Promise<SecretSummary | undefined> {
  const { scope, vault, secret } = address
  const found = await forPage((api) => api.listSecrets({ scope, vault, state: "deleted", text: secret, limit: 50 }))
  return found.items.find(({ name }) => name.toLowerCase() === secret.toLowerCase())
}

function canComeBack({ isCurrent, state }: Version): boolean {
  return !isCurrent && state === "enabled"
}

function earlierFacts({ number, origin, sourceVersion, createdAt, createdBy }: Version): EarlierVersion {
  return { number, origin, sourceVersion, createdAt, by: createdBy.name }
}

/** The head is a client component: it gets what its forms need, and no more. */
function leafFacts(secret: SecretDetail) {
  const { id, scope, vault, name, state, category, description, owner, rotationDays, envName, envNameIsOwn } = secret
  const { currentVersion, readerCount, uncovers } = secret
  return {
    id,
    scope,
    vault,
    name,
    state,
    category,
    description,
    owner,
    rotationDays,
    envName,
    envNameIsOwn,
    currentVersion,
    readerCount,
    uncovers,
  }
}
