/** A house whose organizations can keep secrets in remote stores of a test. */
import type { AnswerOf, ConditionalName, InputOf, OutputOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import type { Caller } from "../core/caller.ts"
import type { House } from "../core/context.ts"
import { type Core, openCore } from "../core/core.ts"
import { openReadCache, type ReadCacheOptions } from "../core/read-cache.ts"
import { newId } from "../db/ids.ts"
import type { RemoteProvider, SecretStore } from "../providers/provider.ts"
import { vault } from "../providers/vault/vault.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "./a-house.ts"

export interface RemoteTerms {
  cacheSeconds?: number
  staleSeconds?: number
  checkSeconds?: number
}

export interface RemoteHouse extends AsyncDisposable {
  inner: TestHouse
  house: House
  core: Core
  /** The cache's clock, in milliseconds. */
  clock: { now: number }
  /** Registers a store at the organization, and makes it the default there unless told otherwise. */
  register(
    organization: TestOrganization,
    store: SecretStore,
    terms?: RemoteTerms & { isDefault?: boolean },
  ): Promise<string>
  /** The same house as another process has it, with other stores where given. */
  another(stores?: (store: SecretStore) => SecretStore): { house: House; core: Core }
  call<Name extends OperationName>(name: Name, caller: Caller, input: InputOf<Name>): Promise<OutputOf<Name>>
  /** Reads as a machine does. */
  read<Name extends ConditionalName>(
    name: Name,
    token: string,
    input: InputOf<Name>,
    ifNoneMatch?: string,
  ): Promise<AnswerOf<Name>>
}

export async function aRemoteHouse(options: Partial<ReadCacheOptions> = {}): Promise<RemoteHouse> {
  const inner = await aHouse()
  const stores = new Map<string, SecretStore>()
  const clock = { now: Date.now() }
  const openWith = (change: (store: SecretStore) => SecretStore): { house: House; core: Core } => {
    const own = inner.house.stores
    const find = (providerId: string): SecretStore => {
      const store = stores.get(providerId)
      if (store === undefined) throw new Error("The test has no such store.")
      return change(store)
    }
    const house: House = {
      ...inner.house,
      backends: { ...inner.house.backends, find: () => kind },
      readCache: openReadCache({
        instanceId: inner.house.instanceId,
        now: () => clock.now,
        random: () => 0,
        ...options,
      }),
      stores: {
        ...own,
        of: async (binding) => (binding.providerId === null ? own.of(binding) : find(binding.providerId)),
        forNew: async (scope, caller) => {
          const { defaultProviderId } = await inner.database.prisma.scope.findUniqueOrThrow({
            where: { organizationId_id: { organizationId: scope.organizationId, id: scope.organizationId } },
          })
          if (defaultProviderId === null) return own.forNew({ ...scope, lineage: [] }, caller)
          return { kind: "vault", providerId: defaultProviderId, name: "vault", store: find(defaultProviderId) }
        },
      },
    }
    return { house, core: openCore(house) }
  }
  const { house, core } = openWith((store) => store)
  return {
    inner,
    house,
    core,
    clock,
    another: (change = (store) => store) => openWith(change),
    register: async (organization, store, { isDefault = true, ...terms } = {}) => {
      const id = newId()
      const { prisma } = inner.database
      const where = { organizationId: organization.id, scopeId: organization.id }
      await prisma.provider.create({
        data: {
          ...where,
          ...settled,
          ...terms,
          id,
          name: `vault-${id.slice(-6)}`,
          kind: "vault",
          settings: { keepsVersions: store.trash !== undefined },
        },
      })
      stores.set(id, store)
      if (isDefault) {
        await prisma.scope.update({
          where: { organizationId_id: { organizationId: organization.id, id: organization.id } },
          data: { defaultProviderId: id },
        })
      }
      return id
    },
    call: (name, caller, input) => core.callAs(name, caller, input, aRequest()),
    read: (name, token, input, ifNoneMatch) =>
      core.call(name, { kind: "bearer", token }, input, aRequest({ ifNoneMatch: ifNoneMatch ?? null })),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

/** What core asks a kind of provider once it is registered: the test's stores are made otherwise. */
const kind: RemoteProvider = {
  ...vault,
  capabilitiesOf: ({ keepsVersions }) => ({
    createOnly: keepsVersions === true ? "native" : "none",
    versions: keepsVersions === true ? "native" : "none",
    trash: keepsVersions === true ? "native" : "none",
    destroyVersion: keepsVersions === true ? "native" : "none",
    idempotentWrite: "none",
    adoption: "none",
    limits: { valueBytes: 32 * 1024, versions: keepsVersions === true ? 10 : 1 },
  }),
}

const settled = {
  epoch: 1,
  approvedEpoch: 1,
  consents: [],
  canWrite: true,
  status: "up",
  report: {},
}
