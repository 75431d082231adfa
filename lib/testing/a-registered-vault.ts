/** Providers in a test's organization that are real: mounts of the run's OpenBao, or of another server. */
import { belongingOf } from "../core/providers/backends.ts"
import { newId } from "../db/ids.ts"
import { settingsOf } from "../providers/vault/settings.ts"
import { vault } from "../providers/vault/vault.ts"
import { Secret } from "../secret.ts"
import type { TestHouse, TestOrganization } from "./a-house.ts"

export interface VaultToRegister {
  name: string
  /** The path of the scope that registers it; the organization unless told otherwise. */
  at?: string
  address: string
  token: string
  mount: string
  namespace?: string
  prefix?: string
  kvVersion: 1 | 2
  /** Who registered it; its approval counts only with one. */
  byId?: string
  isApproved?: boolean
}

/** Registers it as it is, approved and not checked, and answers its id. */
export async function registerVault(
  { house }: TestHouse,
  organization: TestOrganization,
  { name, at, address, token, byId, isApproved = true, ...place }: VaultToRegister,
): Promise<string> {
  const { id: organizationId, slug, scopes } = organization
  const scopeId = scopes[at ?? slug]
  if (scopeId === undefined) throw new Error(`The organization has no scope ${String(at)}.`)
  const id = newId()
  const settings = { ...settingsOf("vault").parse({ address, ...place }) }
  const belonging = belongingOf({ organizationId, id, settings }, vault)
  const { sealed, wrappedKey, keyEpoch } = await house.credentials.seal(belonging, {
    secrets: { token: Secret.fromText(token) },
    notes: {},
  })
  await house.database.prisma.provider.create({
    data: {
      organizationId,
      id,
      scopeId,
      name,
      kind: "vault",
      settings,
      credential: Buffer.from(sealed),
      credentialKey: Buffer.from(wrappedKey),
      credentialKeyEpoch: keyEpoch,
      approvedEpoch: isApproved ? 1 : null,
      createdById: byId ?? null,
      canWrite: true,
      status: "up",
      report: {},
      // No job of a test's house finds it due.
      checkAfter: new Date(Date.now() + 86_400_000),
    },
  })
  return id
}
