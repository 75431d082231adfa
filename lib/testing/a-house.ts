/**
 * A small organization to test with, in a database of its own:
 *
 *   await using house = await aHouse()
 *   const acme = await house.organization("acme")            // acme, acme.payments, acme.payments.prod, vault "default" at each
 *   const alice = await house.person(acme, { role: "editor", at: "acme.payments" })
 *   await house.call("createSecret", alice, { scope: "acme.payments", vault: "default", name: "DB_PASSWORD", value: "…" })
 */
import type { InputOf, OutputOf } from "../contract/api.ts"
import { fold } from "../contract/names.ts"
import type { OperationName } from "../contract/routes.ts"
import type { GrantAccess, Role, ScopeKind } from "../contract/words.ts"
import type { Caller, MachineCaller, PersonCaller, RequestFacts } from "../core/caller.ts"
import type { House } from "../core/context.ts"
import { type Core, openCore } from "../core/core.ts"
import { openHouse } from "../core/open-house.ts"
import { makeOrganizationKey } from "../core/organization-keys.ts"
import { Key } from "../crypto/key.ts"
import { Keyring } from "../crypto/keyring.ts"
import { newToken } from "../crypto/tokens.ts"
import { type Database, openDatabase } from "../db/database.ts"
import { newId } from "../db/ids.ts"
import { openEgress } from "../net/egress.ts"
import { type TemporaryDatabase, temporaryDatabase } from "./temporary-database.ts"

export interface TestOrganization {
  id: string
  slug: string
  /** Scope ids by path. */
  scopes: Readonly<Record<string, string>>
}

export interface TestHouse extends AsyncDisposable {
  house: House
  core: Core
  database: Database
  /** For what the application itself may not do, such as looking under the hood of audit. */
  ownerUrl: string
  /** As the application signs in: for another process on the same database. */
  appUrl: string
  organization(slug?: string): Promise<TestOrganization>
  person(organization: TestOrganization, held?: { role: Role; at: string; name?: string }): Promise<PersonCaller>
  machine(
    organization: TestOrganization,
    options: {
      at: string
      name?: string
      grants?: readonly { at: string; vault?: string; prefix?: string; access?: GrantAccess }[]
    },
  ): Promise<{ caller: MachineCaller; token: string }>
  /** Performs an operation as a caller. Machine reads take a token: use `core.call` with a bearer credential. */
  call<Name extends OperationName>(
    name: Name,
    caller: Caller,
    input: InputOf<Name>,
    request?: Partial<RequestFacts>,
  ): Promise<OutputOf<Name>>
}

/**
 * With what of the house a test wants otherwise; addresses of this machine may be used as providers. `place` is an
 * empty database of the test's own, on a server that it can harm.
 */
export async function aHouse({
  place,
  ...options
}: Partial<Parameters<typeof openHouse>[0]> & { place?: TemporaryDatabase } = {}): Promise<TestHouse> {
  const temporary = place ?? (await temporaryDatabase())
  const database = openDatabase({ url: temporary.appUrl })
  const egress = openEgress({ allow: [], own: [], loopback: true })
  const house = await openHouse({
    database,
    keyring: new Keyring([{ label: "test", key: Key.random() }]),
    publicUrl: "http://localhost:3000",
    identityProviders: [],
    production: false,
    egress,
    ...options,
  })
  const core = openCore(house)
  return {
    house,
    core,
    database,
    ownerUrl: temporary.ownerUrl,
    appUrl: temporary.appUrl,
    organization: (slug = "acme") => makeOrganization(house, slug),
    person: (organization, held) => makePerson(house, organization, held),
    machine: (organization, options) => makeMachine(house, organization, options),
    call: (name, caller, input, request) => core.callAs(name, caller, input, aRequest(request)),
    [Symbol.asyncDispose]: async () => {
      await house.stores.close()
      await egress.close()
      await database.close()
      await temporary[Symbol.asyncDispose]()
    },
  }
}

export function aRequest(facts: Partial<RequestFacts> = {}): RequestFacts {
  return { id: newId(), address: "192.0.2.1", userAgent: null, idempotencyKey: null, ifNoneMatch: null, ...facts }
}

async function makeOrganization(house: House, slug: string): Promise<TestOrganization> {
  const organizationId = newId()
  const paths = [
    slug,
    `${slug}.payments`,
    `${slug}.payments.prod`,
    `${slug}.payments.dev`,
    `${slug}.data`,
    `${slug}.data.batch`,
  ]
  const scopes: Record<string, string> = {}
  await house.database.prisma.$transaction(async (tx) => {
    for (const path of paths) {
      const slugs = path.split(".")
      const id = slugs.length === 1 ? organizationId : newId()
      scopes[path] = id
      const parentId = scopes[slugs.slice(0, -1).join(".")] ?? null
      const own = slugs.at(-1) ?? path
      await tx.scope.create({
        data: { organizationId, id, parentId, kind: kindOf(slugs.length), slug: own, path, name: own },
      })
      await tx.vault.create({ data: { organizationId, id: newId(), scopeId: id, name: "default" } })
    }
    await makeOrganizationKey(tx, house, organizationId)
  })
  return { id: organizationId, slug, scopes }
}

function kindOf(depth: number): ScopeKind {
  return depth === 1 ? "organization" : depth === 2 ? "team" : "workspace"
}

async function makePerson(
  house: House,
  { id: organizationId, scopes }: TestOrganization,
  held?: { role: Role; at: string; name?: string },
): Promise<PersonCaller> {
  const { prisma } = house.database
  const id = newId()
  const name = held?.name ?? (held === undefined ? "Nobody in particular" : `The ${held.role}`)
  const email = `${id}@example.com`
  await prisma.person.create({ data: { organizationId, id, name, email, foldedEmail: fold(email) } })
  const session = newToken("ses", newId())
  const sessionId = newId()
  const expiresAt = new Date(Date.now() + 3_600_000)
  await prisma.session.create({
    data: {
      organizationId,
      id: sessionId,
      personId: id,
      hash: Buffer.from(session.hash),
      method: "password",
      expiresAt,
    },
  })
  const scopeId = held === undefined ? undefined : scopes[held.at]
  if (held !== undefined && scopeId === undefined) throw new Error(`The organization has no scope ${held.at}.`)
  if (held !== undefined && scopeId !== undefined) {
    await prisma.roleAssignment.create({ data: { organizationId, personId: id, scopeId, role: held.role } })
  }
  const roles =
    held === undefined || scopeId === undefined
      ? []
      : [{ role: held.role, scopeId, scopePath: held.at, scopeKind: kindOf(held.at.split(".").length) }]
  return {
    kind: "person",
    via: "session",
    credentialId: sessionId,
    organizationId,
    id,
    name,
    email,
    roles,
    signedInAt: new Date(),
    expiresAt,
    method: "password",
  }
}

async function makeMachine(
  house: House,
  { id: organizationId, scopes }: TestOrganization,
  {
    at,
    name,
    grants = [],
  }: {
    at: string
    name?: string
    grants?: readonly { at: string; vault?: string; prefix?: string; access?: GrantAccess }[]
  },
): Promise<{ caller: MachineCaller; token: string }> {
  const { prisma } = house.database
  const scopeOf = (path: string): string => {
    const scopeId = scopes[path]
    if (scopeId === undefined) throw new Error(`The organization has no scope ${path}.`)
    return scopeId
  }
  const id = newId()
  const accountName = name ?? `machine-${id.slice(-8)}`
  await prisma.serviceAccount.create({ data: { organizationId, id, scopeId: scopeOf(at), name: accountName } })
  for (const { at: grantAt, vault, prefix, access = "read" } of grants) {
    await prisma.grant.create({
      data: {
        organizationId,
        id: newId(),
        serviceAccountId: id,
        scopeId: scopeOf(grantAt),
        vaultName: vault ?? null,
        prefix: prefix ?? null,
        access,
      },
    })
  }
  const tokenId = newId()
  const token = newToken("sat", tokenId)
  const expiresAt = new Date(Date.now() + 3_600_000)
  await prisma.accessToken.create({
    data: {
      organizationId,
      id: tokenId,
      serviceAccountId: id,
      name: "test",
      hash: Buffer.from(token.hash),
      prefix: token.prefix,
      cidrs: [],
      expiresAt,
    },
  })
  const caller: MachineCaller = {
    kind: "service_account",
    credentialId: tokenId,
    organizationId,
    id,
    name: accountName,
    scopeId: scopeOf(at),
    scopePath: at,
    expiresAt,
  }
  return { caller, token: token.token }
}
