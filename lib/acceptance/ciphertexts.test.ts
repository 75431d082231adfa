/**
 * Who can write the database can't make the product open anything but what it sealed, where it sealed it. Real rows of
 * several organizations, written by the product, are swapped, flipped, cut and moved at random: stored ciphertexts, the
 * keys beside them, organizations' and the installation's own keys, credentials and what they are bound to. Each is then
 * opened by the product's own code. Accepted is what opens at all: a row that was put back as it was isn't tried.
 */
import { randomBytes, randomInt } from "node:crypto"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { openInstallationKeys } from "../core/installation-keys.ts"
import { openOrganizationKeys } from "../core/organization-keys.ts"
import { openCredentials } from "../core/providers/credentials.ts"
import { openSealed, type SealedVersionRow } from "../core/sealing.ts"
import { Key } from "../crypto/key.ts"
import { Keyring, WrongKeyError } from "../crypto/keyring.ts"
import { newId } from "../db/ids.ts"
import { Secret } from "../secret.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { openFigures } from "../testing/figures.ts"

const wanted = inject("isLong") ? 100_000 : 5_000
/** How the attempts are shared out: most are at what there is most of. */
const shares = { values: 0.8, credentials: 0.1, keys: 0.1 }
const slugs = ["acme", "umbrella", "initech"]
const secretsEach = 30

const tried = { swapped: 0, flipped: 0, cut: 0, moved: 0 }
const accepted: string[] = []
let opened = 0

let inner: TestHouse
const organizations: TestOrganization[] = []

beforeAll(async () => {
  inner = await aHouse({ plainWebhooks: true })
  for (const slug of slugs) {
    const organization = await inner.organization(slug)
    organizations.push(organization)
    const owner = await inner.person(organization, { role: "owner", at: slug })
    for (let each = 0; each < secretsEach; each += 1) {
      const at = { scope: slug, vault: "default" }
      await inner.call("createSecret", owner, { ...at, name: `S${each}`, value: aValue() })
      await inner.call("writeVersion", owner, { ...at, secret: `S${each}`, value: aValue() })
    }
    for (let each = 0; each < 3; each += 1) {
      await inner.call("createWebhook", owner, {
        scope: slug,
        url: `http://127.0.0.1:${9000 + each}/`,
        events: ["secret.drifted"],
      })
    }
  }
})

afterAll(async () => {
  const figures = openFigures("ciphertexts")
  const total = tried.swapped + tried.flipped + tried.cut + tried.moved
  const { swapped, flipped, cut, moved } = tried
  figures.tell("changed ciphertexts, wrapped keys and contexts that were accepted", accepted.length, `0 of ${total}`)
  figures.tell("of them: swapped, flipped, cut, moved", `${swapped}, ${flipped}, ${cut}, ${moved}`, `${wanted} in all`)
  figures.tell("rows that opened unchanged, before and after", opened, "all")
  await inner[Symbol.asyncDispose]()
})

it("opens no value that was changed, cut, swapped or moved", async () => {
  const rows = await valueRows()
  await expectAllOpen(rows)
  const forged: Forged<SealedVersionRow>[] = []
  while (forged.length < wanted * shares.values) {
    const one = forgeValue(rows)
    if (one !== undefined) forged.push(one)
  }
  for (let from = 0; from < forged.length; from += 500) {
    const some = forged.slice(from, from + 500)
    const results = await openSealed(
      inner.house,
      some.map(({ row }) => row),
    )
    for (const [index, result] of results.entries()) judge(some[index]?.how, result instanceof Secret)
  }
  await expectAllOpen(rows)
  expect(accepted).toEqual([])
}, 600_000)

it("opens no credential that was changed, cut, swapped or moved", async () => {
  const webhooks = await inner.database.prisma.webhook.findMany()
  const rows = webhooks.map(({ organizationId, id, url, secret, secretKey, secretKeyEpoch }) => ({
    to: { purpose: "webhook-key" as const, organizationId, id, endpoint: url },
    sealed: { sealed: secret, wrappedKey: secretKey, keyEpoch: secretKeyEpoch },
  }))
  const credentials = openCredentials(inner.house.organizationKeys, inner.house.instanceId)
  for (const { to, sealed } of rows) expect(await credentials.open(to, sealed)).toBeDefined()
  opened += rows.length
  let count = 0
  while (count < wanted * shares.credentials) {
    const row = pick(rows)
    const other = pick(rows)
    const { sealed, to } = row
    const [how, forged] = pick([
      ["flipped", { to, sealed: flipOne(sealed) }],
      ["cut", { to, sealed: cutOne(sealed) }],
      ["swapped", { to, sealed: other.sealed }],
      ["swapped", { to, sealed: { ...sealed, wrappedKey: other.sealed.wrappedKey } }],
      ["moved", { to: { ...to, endpoint: `${to.endpoint}x` }, sealed }],
      ["moved", { to: { ...to, id: newId() }, sealed }],
      ["moved", { to: { ...to, purpose: pick(["backend-cred", "backend-session"] as const) }, sealed }],
      ["moved", { to: { ...to, organizationId: other.to.organizationId }, sealed }],
    ] as const)
    if (same([forged.to, forged.sealed], [to, sealed])) continue
    count += 1
    judge(how, (await credentials.open(forged.to, forged.sealed)) !== undefined)
  }
  expect(accepted).toEqual([])
}, 600_000)

it("takes no organization's and no installation's key that was changed, cut, swapped or moved", async () => {
  const { prisma } = inner.database
  const own = await prisma.installationKey.findMany({ include: { kek: true } })
  const { keyring, instanceId } = inner.house
  const organizationRows = await prisma.organizationKey.findMany()
  let count = 0
  while (count < wanted * shares.keys) {
    const row = pick(own)
    const other = pick(own)
    const [how, forged] = pick([
      ["flipped", { ...row, wrapped: flip(row.wrapped) }],
      ["flipped", { ...row, checkValue: flip(row.checkValue) }],
      ["cut", { ...row, wrapped: cut(row.wrapped) }],
      ["swapped", { ...row, wrapped: other.wrapped }],
      ["swapped", { ...row, wrapped: other.wrapped, checkValue: other.checkValue }],
      ["swapped", { ...row, wrapped: pick(organizationRows).wrapped }],
      ["moved", { ...row, kek: { ...row.kek, id: "another" } }],
      ["moved", { ...row, kek: { ...row.kek, checkValue: Buffer.from(Key.random().checkValue) } }],
    ] as const)
    if (same(forged, row)) continue
    count += 1
    const rows = own.map((each) => (each.name === row.name ? forged : each))
    judge(
      how,
      opens(() => openInstallationKeys(keyring, instanceId, rows)),
    )
  }
  await tryOrganizationKeys(organizationRows)
  expect(accepted).toEqual([])
}, 600_000)

/** In the database itself, since that is where the product takes them from: fewer, each a write and a read. */
async function tryOrganizationKeys(
  rows: { organizationId: string; epoch: number; wrapped: Uint8Array; checkValue: Uint8Array }[],
): Promise<void> {
  const { prisma } = inner.database
  const { house, database } = inner
  for (let count = 0; count < 60; count += 1) {
    const row = pick(rows)
    const other = pick(rows)
    const [how, forged] = pick([
      ["flipped", { wrapped: flip(row.wrapped), checkValue: row.checkValue }],
      ["cut", { wrapped: cut(row.wrapped), checkValue: row.checkValue }],
      ["swapped", { wrapped: other.wrapped, checkValue: other.checkValue }],
      ["swapped", { wrapped: row.wrapped, checkValue: other.checkValue }],
    ] as const)
    if (same([forged.wrapped, forged.checkValue], [row.wrapped, row.checkValue])) continue
    const where = { organizationId_epoch: { organizationId: row.organizationId, epoch: row.epoch } }
    const data = { wrapped: Buffer.from(forged.wrapped), checkValue: Buffer.from(forged.checkValue) }
    await prisma.organizationKey.update({ where, data })
    const fresh = openOrganizationKeys({ database, keyring: house.keyring, instanceId: house.instanceId })
    judge(
      how,
      await fresh.current(row.organizationId).then(
        () => true,
        () => false,
      ),
    )
    await prisma.organizationKey.update({
      where,
      data: { wrapped: Buffer.from(row.wrapped), checkValue: Buffer.from(row.checkValue) },
    })
  }
  const stranger = new Keyring([{ label: house.keyring.active.label, key: Key.random() }])
  const wrong = openOrganizationKeys({ database, keyring: stranger, instanceId: house.instanceId })
  await expect(wrong.current(organizations[0]?.id ?? "")).rejects.toThrow(WrongKeyError)
}

// --- forging

type How = keyof typeof tried
interface Forged<Row> {
  how: How
  row: Row
}

function forgeValue(rows: readonly SealedVersionRow[]): Forged<SealedVersionRow> | undefined {
  const row = pick(rows)
  const other = pick(rows)
  const forged = pick<() => Forged<SealedVersionRow>>([
    () => ({ how: "flipped", row: { ...row, ...flipOne(row) } }),
    () => ({ how: "flipped", row: { ...row, ...flipOne(row) } }),
    () => ({ how: "cut", row: { ...row, ...cutOne(row) } }),
    () => ({ how: "swapped", row: { ...row, sealed: other.sealed } }),
    () => ({ how: "swapped", row: { ...row, wrappedKey: other.wrappedKey } }),
    () => ({ how: "swapped", row: { ...row, sealed: other.sealed, wrappedKey: other.wrappedKey } }),
    () => ({ how: "moved", row: { ...row, version: row.version + randomInt(1, 5) } }),
    () => ({ how: "moved", row: { ...row, secretId: other.secretId } }),
    () => ({ how: "moved", row: { ...row, organizationId: other.organizationId } }),
    () => ({ how: "moved", row: { ...row, keyEpoch: row.keyEpoch + 1 } }),
  ])()
  return isAnyOf(forged.row, rows) ? undefined : forged
}

/** What was put together may be another row as it is: that opens, and should. */
function isAnyOf(forged: SealedVersionRow, rows: readonly SealedVersionRow[]): boolean {
  return rows.some(
    ({ secretId, version, sealed, wrappedKey, organizationId, keyEpoch }) =>
      secretId === forged.secretId &&
      version === forged.version &&
      organizationId === forged.organizationId &&
      keyEpoch === forged.keyEpoch &&
      Buffer.compare(sealed, forged.sealed) === 0 &&
      Buffer.compare(wrappedKey, forged.wrappedKey) === 0,
  )
}

interface Sealed {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

function flipOne({ sealed, wrappedKey, keyEpoch }: Sealed): Sealed {
  return randomInt(2) === 0
    ? { sealed: flip(sealed), wrappedKey, keyEpoch }
    : { sealed, wrappedKey: flip(wrappedKey), keyEpoch }
}

function cutOne({ sealed, wrappedKey, keyEpoch }: Sealed): Sealed {
  return randomInt(2) === 0
    ? { sealed: cut(sealed), wrappedKey, keyEpoch }
    : { sealed, wrappedKey: cut(wrappedKey), keyEpoch }
}

/** One bit, anywhere. */
function flip(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes)
  const at = randomInt(copy.byteLength)
  copy[at] = (copy[at] ?? 0) ^ (1 << randomInt(8))
  return copy
}

/** Some bytes less at either end, or some more. */
function cut(bytes: Uint8Array): Buffer {
  const some = randomInt(1, bytes.byteLength)
  return pick([
    Buffer.from(bytes.subarray(0, bytes.byteLength - some)),
    Buffer.from(bytes.subarray(some)),
    Buffer.concat([bytes, randomBytes(randomInt(1, 20))]),
  ])
}

// --- judging

function judge(how: How | undefined, isAccepted: boolean): void {
  if (how === undefined) return
  tried[how] += 1
  if (isAccepted) accepted.push(how)
}

function opens(open: () => unknown): boolean {
  try {
    open()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return false
  }
}

async function expectAllOpen(rows: readonly SealedVersionRow[]): Promise<void> {
  const all = await openSealed(inner.house, rows)
  expect(all.filter((each) => !(each instanceof Secret))).toEqual([])
  opened += rows.length
}

async function valueRows(): Promise<SealedVersionRow[]> {
  const rows = await inner.database.prisma.sealedValue.findMany()
  expect(rows).toHaveLength(slugs.length * secretsEach * 2)
  return rows
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function pick<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)]! // none of our lists is empty
}

function aValue(): string {
  return randomBytes(randomInt(1, 200)).toString("base64")
}
