import { expect, it } from "vitest"
import { newId } from "../../db/ids.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"

/** A secret with one committed version, whose value nobody needs here. */
async function aSecret(
  { database }: TestHouse,
  { id: organizationId, scopes }: TestOrganization,
  place: { at: string; name: string; state?: string; versions?: number; rotationDays?: number; daysOld?: number },
): Promise<string> {
  const scopeId = scopes[place.at] ?? ""
  const vault = await database.prisma.vault.findFirstOrThrow({ where: { organizationId, scopeId, name: "default" } })
  const id = newId()
  const versions = place.versions ?? 1
  const createdAt = new Date(Date.now() - (place.daysOld ?? 0) * 86_400_000)
  const by = { createdByKind: "system", createdById: null }
  await database.prisma.secret.create({
    data: {
      organizationId,
      id,
      vaultId: vault.id,
      scopeId,
      name: place.name,
      foldedName: place.name.toLowerCase(),
      state: place.state ?? "active",
      currentVersion: versions,
      nextVersion: versions + 1,
      rotationDays: place.rotationDays ?? null,
      location: `built-in/${id}`,
      ...by,
    },
  })
  for (let number = 1; number <= versions; number += 1) {
    await database.prisma.secretVersion.create({
      data: {
        organizationId,
        secretId: id,
        number,
        origin: "typed",
        createdAt,
        sizeAtLeast: 1,
        sizeAtMost: 15,
        isText: true,
        ...by,
      },
    })
  }
  return id
}

it("lists what a scope defines, page by page in the order of folded names", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const viewer = await house.person(acme, { role: "viewer", at: "acme.payments" })
  for (const name of ["beta", "ALPHA", "gamma", "Delta"]) await aSecret(house, acme, { at: "acme.payments", name })
  const first = await house.call("listSecrets", viewer, { scope: "acme.payments", limit: 3 })
  expect(first).toMatchObject({ total: 4, shadowed: 0, due: 0 })
  const second = await house.call("listSecrets", viewer, {
    scope: "acme.payments",
    limit: 3,
    cursor: first.nextCursor ?? "",
  })
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["ALPHA", "beta", "Delta", "gamma"])
  expect(second.nextCursor).toBeNull()
})

it("shows each effective name with its winner first and then what it shadows, over pages of any size", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const viewer = await house.person(acme, { role: "viewer", at: "acme.payments.prod" })
  await aSecret(house, acme, { at: "acme", name: "DB_PASSWORD" })
  await aSecret(house, acme, { at: "acme.payments", name: "DB_password" })
  await aSecret(house, acme, { at: "acme.payments.prod", name: "db_password" })
  await aSecret(house, acme, { at: "acme", name: "API_KEY" })
  const seen: (string | null)[][] = []
  let cursor: string | undefined
  do {
    const page = await house.call("listSecrets", viewer, {
      scope: "acme.payments.prod",
      effective: true,
      limit: 1,
      ...(cursor && { cursor }),
    })
    seen.push(...page.items.map(({ scope, name, shadowedBy }) => [scope, name, shadowedBy]))
    expect(page).toMatchObject({ total: 2, shadowed: 2 })
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(seen).toEqual([
    ["acme", "API_KEY", null],
    ["acme.payments.prod", "db_password", null],
    ["acme.payments", "DB_password", "acme.payments.prod"],
    ["acme", "DB_PASSWORD", "acme.payments.prod"],
  ])
})

it("keeps a private vault's secrets out of what narrower scopes see", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const admin = await house.person(acme, { role: "admin", at: "acme" })
  await aSecret(house, acme, { at: "acme", name: "ROOT_KEY" })
  await house.call("changeVault", admin, { scope: "acme", vault: "default", inheritable: false })
  expect(await house.call("listSecrets", admin, { scope: "acme.payments", effective: true })).toMatchObject({
    items: [],
    total: 0,
  })
  await expect(
    house.call("describeSecret", admin, { scope: "acme.payments", vault: "default", secret: "ROOT_KEY" }),
  ).rejects.toMatchObject({
    code: "not_found",
  })
})

it("filters by state, mark, category and text", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  await aSecret(house, acme, { at: "acme.payments", name: "OLD_KEY", rotationDays: 30, daysOld: 40 })
  await aSecret(house, acme, { at: "acme.payments", name: "NEW_KEY", rotationDays: 30, daysOld: 3 })
  await aSecret(house, acme, { at: "acme.payments", name: "off", state: "disabled" })
  const names = async (filter: object): Promise<string[]> =>
    (await house.call("listSecrets", editor, { scope: "acme.payments", ...filter })).items.map(({ name }) => name)
  expect(await names({ state: "rotation_due" })).toEqual(["OLD_KEY"])
  expect(await names({ state: ["disabled"] })).toEqual(["off"])
  expect(await names({ text: "_key" })).toEqual(["NEW_KEY", "OLD_KEY"])
  await house.call("changeSecret", editor, {
    scope: "acme.payments",
    vault: "default",
    secret: "new_key",
    category: "agent",
  })
  expect(await names({ category: "agent" })).toEqual(["NEW_KEY"])
})

it("deletes until a date, gives the wider secret way, and restores", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  await aSecret(house, acme, { at: "acme", name: "TOKEN", versions: 3 })
  await aSecret(house, acme, { at: "acme.payments", name: "TOKEN" })
  const address = { scope: "acme.payments", vault: "default", secret: "TOKEN" }
  expect(await house.call("describeSecret", lead, address)).toMatchObject({ uncovers: { scope: "acme", version: 3 } })
  const deleted = await house.call("deleteSecret", lead, address)
  expect(Date.parse(deleted.purgeAfter ?? "")).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  expect(await house.call("describeSecret", lead, address)).toMatchObject({ scope: "acme" })
  await house.call("restoreSecret", lead, address)
  expect(await house.call("describeSecret", lead, address)).toMatchObject({
    scope: "acme.payments",
    state: "active",
    purgeAfter: null,
  })
})

it("refuses to delete, disable or rename over what stands in the way, and changes nothing", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  await aSecret(house, acme, { at: "acme.payments", name: "ONE" })
  await aSecret(house, acme, { at: "acme.payments", name: "TWO" })
  const one = { scope: "acme.payments", vault: "default", secret: "ONE" }
  await expect(house.call("changeSecret", editor, { ...one, name: "two" })).rejects.toMatchObject({ code: "conflict" })
  await house.call("disableSecret", editor, one)
  await expect(house.call("disableSecret", editor, one)).rejects.toMatchObject({ code: "conflict" })
  await expect(house.call("restoreSecret", editor, one)).rejects.toMatchObject({ code: "conflict" })
  expect(await house.call("describeSecret", editor, one)).toMatchObject({ name: "ONE", state: "disabled" })
})

it("lets only who may delegate move a secret to where new machines read it", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  await house.machine(acme, { at: "acme.payments.prod", grants: [{ at: "acme.payments.prod" }] })
  await aSecret(house, acme, { at: "acme.payments.dev", name: "KEY" })
  const move = {
    scope: "acme.payments.dev",
    vault: "default",
    secret: "KEY",
    toScope: "acme.payments.prod",
    toVault: "default",
  }
  await expect(house.call("moveSecret", editor, move)).rejects.toMatchObject({ code: "forbidden" })
  const stale = { ...lead, signedInAt: new Date(Date.now() - 11 * 60_000) }
  await expect(house.call("moveSecret", stale, move)).rejects.toMatchObject({
    code: "forbidden",
    fields: { signIn: expect.any(String) as string },
  })
  expect(await house.call("moveSecret", lead, move)).toMatchObject({
    scope: "acme.payments.prod",
    readerCount: 1,
    marks: ["self_granted"],
  })
})

it("answers not_found alike for a scope that isn't there and one that the caller may not see", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const stranger = await house.person(acme, { role: "viewer", at: "acme.data" })
  const about = async (scope: string): Promise<unknown> =>
    house.call("listSecrets", stranger, { scope }).catch((error: unknown) => String(error).replace(scope, "…"))
  expect(await about("acme.payments")).toBe(await about("acme.nowhere"))
})

it("makes teams and workspaces, renames with everything beneath, and deletes only when confirmed", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const admin = await house.person(acme, { role: "admin", at: "acme" })
  await house.call("createScope", admin, { scope: "acme", slug: "web", name: "Web shop" })
  await house.call("createScope", admin, {
    scope: "acme.web",
    slug: "prod",
    environment: "production",
    projects: ["shop"],
  })
  await expect(house.call("createScope", admin, { scope: "acme", slug: "web" })).rejects.toMatchObject({
    code: "conflict",
  })
  await house.call("changeScope", admin, { scope: "acme.web", slug: "shop" })
  expect(await house.call("describeScope", admin, { scope: "acme.shop.prod" })).toMatchObject({
    environment: "production",
    counts: { vaults: 1 },
  })
  await aSecret(
    house,
    {
      ...acme,
      scopes: { "acme.shop.prod": (await house.call("describeScope", admin, { scope: "acme.shop.prod" })).id },
    },
    { at: "acme.shop.prod", name: "A" },
  )
  await expect(house.call("deleteScope", admin, { scope: "acme.shop", confirm: "shop" })).rejects.toMatchObject({
    code: "invalid",
  })
  await house.call("deleteScope", admin, { scope: "acme.shop", confirm: "acme.shop" })
  const paths = (await house.call("listScopes", admin, {})).items.map(({ path }) => path)
  expect(paths.filter((path) => path.startsWith("acme.shop"))).toEqual([])
})

it("finds names for the palette only where the person may look", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  await aSecret(house, acme, { at: "acme.payments.prod", name: "STRIPE_KEY" })
  await aSecret(house, acme, { at: "acme.data", name: "STRIPE_EXPORT" })
  const viewer = await house.person(acme, { role: "viewer", at: "acme.payments" })
  const { items } = await house.call("search", viewer, { text: "stripe" })
  expect(items).toEqual([
    expect.objectContaining({ kind: "secret", label: "STRIPE_KEY", scope: "acme.payments.prod", vault: "default" }),
  ])
})
