/**
 * Whether everything that is sealed opens, and every audit chain is whole: what a restore drill wants to know. Each value
 * is opened, and forgotten at once; what comes out are counts, and the ids of what doesn't open.
 */
import {
  listOrganizations,
  listSealedProviders,
  listSealedWebhooks,
  pageOfSealedValues,
  type SealedProvider,
} from "../db/everything-sealed.ts"
import { sealedFields } from "../db/sealed-fields.ts"
import type { Settings } from "../providers/provider.ts"
import { Secret } from "../secret.ts"
import { systemChain } from "./audit.ts"
import type { House } from "./context.ts"
import { belongingOf as belongingOfWebhook } from "./notices/deliver.ts"
import type { Belonging } from "./providers/credentials.ts"
import { openSealed } from "./sealing.ts"
import { type ChainState, verifyChain } from "./verify-chain.ts"

export interface Opened {
  good: number
  /** Ids of what doesn't open. */
  bad: string[]
}

export interface Inspected {
  organization: string
  /** Versions in the built-in store. */
  values: Opened
  /** Credentials at backends, sessions there, and keys of webhooks. */
  credentials: Opened
  chain: ChainState
}

const atOnce = 500

/** Looks at all organizations, and at the chain that is the installation's own. `tell` hears of each when it is done. */
export async function inspectEverything(house: House, tell: (inspected: Inspected) => void): Promise<Inspected[]> {
  const all: Inspected[] = []
  for (const { id, slug } of await listOrganizations(house.database.prisma)) {
    const [values, credentials] = [await openValues(house, id), await openCredentials(house, id)]
    const inspected = { organization: slug, values, credentials, chain: await verifyChain(house, id) }
    all.push(inspected)
    tell(inspected)
  }
  const none = { good: 0, bad: [] }
  const own = { organization: "(the installation)", values: none, credentials: none }
  const inspected = { ...own, chain: await verifyChain(house, systemChain) }
  tell(inspected)
  return [...all, inspected]
}

/** Whether everything opened and every chain is whole. */
export function isGood(all: readonly Inspected[]): boolean {
  return all.every(
    ({ values, credentials, chain }) => values.bad.length + credentials.bad.length === 0 && "events" in chain,
  )
}

async function openValues(house: House, organizationId: string): Promise<Opened> {
  const opened: Opened = { good: 0, bad: [] }
  let after: { secretId: string; version: number } | undefined
  do {
    const rows = await pageOfSealedValues(house.database, organizationId, after, atOnce)
    for (const [index, value] of (await openSealed(house, rows)).entries()) {
      const { secretId = "", version = 0 } = rows[index] ?? {}
      count(opened, value instanceof Secret ? value : undefined, `secret ${secretId}, version ${version}`)
    }
    after = rows.length === atOnce ? rows.at(-1) : undefined
  } while (after !== undefined)
  return opened
}

async function openCredentials(house: House, organizationId: string): Promise<Opened> {
  const opened: Opened = { good: 0, bad: [] }
  const { prisma } = house.database
  const open = async (to: Belonging, sealed: ReturnType<typeof sealedFields>, what: string): Promise<void> => {
    if (sealed === null) return
    const fields = await house.credentials.open(to, sealed)
    for (const secret of Object.values(fields?.secrets ?? {})) secret.wipe()
    if (fields === undefined) opened.bad.push(what)
    else opened.good += 1
  }
  for (const provider of await listSealedProviders(prisma, organizationId)) {
    const { id, name } = provider
    const endpoint = endpointOf(house, provider)
    const { credential, credentialKey, credentialKeyEpoch, session, sessionKey, sessionKeyEpoch } = provider
    const at = { organizationId, id, endpoint }
    const sealed = sealedFields(credential, credentialKey, credentialKeyEpoch)
    await open({ purpose: "backend-cred", ...at }, sealed, `credential of the provider ${name}`)
    // A session that doesn't open is begun anew; but it should.
    const signedIn = sealedFields(session, sessionKey, sessionKeyEpoch)
    await open({ purpose: "backend-session", ...at }, signedIn, `session at the provider ${name}`)
  }
  for (const { id, url, secret, secretKey, secretKeyEpoch } of await listSealedWebhooks(prisma, organizationId)) {
    const sealed = sealedFields(secret, secretKey, secretKeyEpoch)
    await open(belongingOfWebhook({ organizationId, id, url }), sealed, `signing key of the webhook ${id}`)
  }
  return opened
}

/** Empty for a kind that this version doesn't know: then its credential doesn't open, and is told. */
function endpointOf({ backends }: House, { kind, settings }: SealedProvider): string {
  return backends.find(kind)?.endpointOf(settings as Settings) ?? "" // as it was registered
}

function count(opened: Opened, value: Secret | undefined, what: string): void {
  if (value === undefined) opened.bad.push(what)
  else opened.good += 1
  value?.wipe()
}
