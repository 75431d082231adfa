import { randomBytes } from "node:crypto"
import type { House } from "../../lib/core/context.ts"
import { makeOrganizationKey } from "../../lib/core/organization-keys.ts"
import { openSealing } from "../../lib/core/sealing.ts"
import { newToken } from "../../lib/crypto/tokens.ts"
import type { Prisma } from "../../lib/db/generated/client.ts"
import { newId } from "../../lib/db/ids.ts"
import { Secret } from "../../lib/secret.ts"

export interface Furnished {
  tokens: string[]
  /** Names, and the body that a read of each answers. */
  secrets: { name: string; body: string }[]
}

/** An organization with a team, a workspace, secrets of 256 bytes spread over the three, and machines that read them. */
export async function furnish(house: House, count: { secrets: number; tokens: number }): Promise<Furnished> {
  const { prisma } = house.database
  const organizationId = newId()
  const scopes = [
    { id: organizationId, parentId: null, kind: "organization", slug: "acme", path: "acme" },
    { id: newId(), parentId: organizationId, kind: "team", slug: "payments", path: "acme.payments" },
  ]
  const workspace = { id: newId(), parentId: scopes[1]?.id ?? null, kind: "workspace", slug: "prod" }
  scopes.push({ ...workspace, path: "acme.payments.prod" })
  await prisma.scope.createMany({ data: scopes.map((scope) => ({ ...scope, organizationId, name: scope.slug })) })
  await prisma.$transaction((tx) => makeOrganizationKey(tx, house, organizationId))
  const vaults = scopes.map((scope) => ({ organizationId, id: newId(), scopeId: scope.id, name: "default" }))
  await prisma.vault.createMany({ data: vaults })
  const tokens = await makeMachines(house, organizationId, workspace.id, count.tokens)
  const secrets: Furnished["secrets"] = []
  for (let from = 0; from < count.secrets; from += 1000) {
    const until = Math.min(from + 1000, count.secrets)
    secrets.push(...(await makeSecrets(house, { organizationId, vaults, scopes, from, until })))
  }
  return { tokens, secrets }
}

async function makeMachines(
  { database }: House,
  organizationId: string,
  scopeId: string,
  count: number,
): Promise<string[]> {
  const tokens: string[] = []
  for (let each = 0; each < count; each += 1) {
    const [serviceAccountId, id] = [newId(), newId()]
    await database.prisma.serviceAccount.create({
      data: { organizationId, id: serviceAccountId, scopeId, name: `machine-${each}` },
    })
    await database.prisma.grant.create({
      data: { organizationId, id: newId(), serviceAccountId, scopeId, access: "read" },
    })
    const { token, hash, prefix } = newToken("sat", id)
    const expiresAt = new Date(Date.now() + 86_400_000)
    await database.prisma.accessToken.create({
      data: {
        organizationId,
        id,
        serviceAccountId,
        name: "bench",
        hash: Buffer.from(hash),
        prefix,
        cidrs: [],
        expiresAt,
      },
    })
    tokens.push(token)
  }
  return tokens
}

interface Batch {
  organizationId: string
  vaults: readonly { id: string; scopeId: string }[]
  scopes: readonly { id: string; path: string }[]
  from: number
  until: number
}

async function makeSecrets(house: House, batch: Batch): Promise<Furnished["secrets"]> {
  const { organizationId, vaults, scopes, from, until } = batch
  const { prisma } = house.database
  const sealing = openSealing(house.organizationKeys, house.instanceId)
  const by = { createdByKind: "system", createdById: null }
  const secrets: Prisma.SecretCreateManyInput[] = []
  const versions: Prisma.SecretVersionCreateManyInput[] = []
  const sealed: Prisma.SealedValueCreateManyInput[] = []
  const made: Furnished["secrets"] = []
  for (let each = from; each < until; each += 1) {
    const vault = vaults[each % vaults.length]
    const scope = scopes[each % scopes.length]
    if (vault === undefined || scope === undefined) continue
    const id = newId()
    const name = `SECRET_${each}`
    const value = randomBytes(128).toString("hex")
    const place = { organizationId, secretId: id, location: id, field: null }
    const text = await sealing.seal(place, 1, Secret.fromText(value))
    secrets.push({
      organizationId,
      id,
      vaultId: vault.id,
      scopeId: vault.scopeId,
      name,
      foldedName: name.toLowerCase(),
      currentVersion: 1,
      nextVersion: 2,
      location: id,
      ...by,
    })
    versions.push({ organizationId, secretId: id, number: 1, origin: "typed", ...by })
    sealed.push({
      organizationId,
      secretId: id,
      version: 1,
      sealed: Buffer.from(text.sealed),
      wrappedKey: Buffer.from(text.wrappedKey),
      keyEpoch: text.keyEpoch,
      operationId: newId(),
    })
    made.push({ name, body: JSON.stringify({ scope: scope.path, vault: "default", name, version: 1, value }) })
  }
  await prisma.secret.createMany({ data: secrets })
  await prisma.secretVersion.createMany({ data: versions })
  await prisma.sealedValue.createMany({ data: sealed })
  return made
}
