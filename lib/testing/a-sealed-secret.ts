/** Secrets put straight into the built-in store, for tests of what reads them. */
import { fold } from "../contract/names.ts"
import type { SecretState } from "../contract/words.ts"
import { openSealing } from "../core/sealing.ts"
import { newId } from "../db/ids.ts"
import { Secret } from "../secret.ts"
import type { TestHouse, TestOrganization } from "./a-house.ts"

export interface SealedSecretOptions {
  at: string
  name: string
  /** Made with this scope if it isn't there: "default" if left out. */
  vault?: string
  /** One for each version, oldest first. */
  values: readonly (string | Uint8Array)[]
  envName?: string
  state?: SecretState
}

/** Makes the secret with its versions and answers its id. */
export async function aSealedSecret(
  { house }: Pick<TestHouse, "house">,
  organization: TestOrganization,
  { at, name, vault = "default", values, envName, state = "active" }: SealedSecretOptions,
): Promise<string> {
  const { prisma } = house.database
  const organizationId = organization.id
  const scopeId = organization.scopes[at]
  if (scopeId === undefined) throw new Error(`The organization has no scope ${at}.`)
  const id = newId()
  const vaultId = await aVault({ house }, organization, { at, name: vault })
  const by = { createdByKind: "system", createdById: null }
  await prisma.secret.create({
    data: {
      organizationId,
      id,
      vaultId,
      scopeId,
      name,
      foldedName: fold(name),
      envName: envName ?? null,
      state,
      currentVersion: values.length,
      nextVersion: values.length + 1,
      location: id,
      purgeAfter: state === "deleted" ? new Date(Date.now() + 86_400_000) : null,
      ...by,
    },
  })
  const sealing = openSealing(house.organizationKeys, house.instanceId)
  for (const [index, value] of values.entries()) {
    const number = index + 1
    const secret = typeof value === "string" ? Secret.fromText(value) : Secret.fromBytes(value)
    const place = { organizationId, secretId: id, location: id, field: null }
    const { sealed, wrappedKey, keyEpoch } = await sealing.seal(place, number, secret)
    await prisma.secretVersion.create({ data: { organizationId, secretId: id, number, origin: "typed", ...by } })
    await prisma.sealedValue.create({
      data: {
        organizationId,
        secretId: id,
        version: number,
        sealed: Buffer.from(sealed),
        wrappedKey: Buffer.from(wrappedKey),
        keyEpoch,
        operationId: newId(),
      },
    })
  }
  return id
}

/** The id of the scope's vault of this name, which is made if it isn't there. */
export async function aVault(
  { house }: Pick<TestHouse, "house">,
  { id: organizationId, scopes }: TestOrganization,
  { at, name, inheritable = true }: { at: string; name: string; inheritable?: boolean },
): Promise<string> {
  const { prisma } = house.database
  const scopeId = scopes[at]
  if (scopeId === undefined) throw new Error(`The organization has no scope ${at}.`)
  const found = await prisma.vault.findFirst({ where: { organizationId, scopeId, name } })
  if (found !== null) return found.id
  const id = newId()
  await prisma.vault.create({ data: { organizationId, id, scopeId, name, inheritable } })
  return id
}
