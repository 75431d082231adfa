/** What is looked at before a change may be another thing by the time of the change: such a change is refused. */
import { expect, test } from "vitest"
import { type Database, openDatabase } from "../db/database.ts"
import { aHouse } from "../testing/a-house.ts"
import { reconcile } from "./reconcile.ts"

const vault = "default"

test("describing a vault anew doesn't open it again to narrower scopes, when somebody closed it meanwhile", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  const change = await meanwhile(
    house.database,
    { row: vaultOf(acme.scopes["acme.payments"]), change: `UPDATE "Vault" SET "inheritable" = false` },
    () => house.call("changeVault", lead, { scope: "acme.payments", vault, description: "Cards" }),
  )
  expect(change).toMatchObject({ description: "Cards", inheritable: false })
})

test("a vault that was open when it was looked at isn't opened without asking who can read it then", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  const change = meanwhile(
    house.database,
    { row: vaultOf(acme.scopes["acme.payments"]), change: `UPDATE "Vault" SET "inheritable" = false` },
    () => house.call("changeVault", lead, { scope: "acme.payments", vault, inheritable: true }),
  )
  await expect(change).rejects.toMatchObject({ code: "conflict" })
})

test("describing a service account anew doesn't enable it, when somebody disabled it meanwhile", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  await house.machine(acme, { at: "acme.payments", name: "ci", grants: [{ at: "acme.payments" }] })
  const disabling = {
    row: `"ServiceAccount" WHERE "name" = 'ci'`,
    change: `UPDATE "ServiceAccount" SET "disabledAt" = now()`,
  }
  const account = { scope: "acme.payments", account: "ci" }
  const described = await meanwhile(house.database, disabling, () =>
    house.call("changeServiceAccount", lead, { ...account, description: "Deploys" }),
  )
  expect(described).toMatchObject({ description: "Deploys", disabled: true })

  await house.database.pool.query(`UPDATE "ServiceAccount" SET "disabledAt" = NULL`)
  const enabled = meanwhile(house.database, disabling, () =>
    house.call("changeServiceAccount", lead, { ...account, disabled: false }),
  )
  await expect(enabled).rejects.toMatchObject({ code: "conflict" })
})

test("a secret that was moved meanwhile isn't moved on, changed, deleted or destroyed where its editor has no right", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
  const elsewhere = acme.scopes["acme.data"]
  const at = { scope: "acme.payments", vault, secret: "DB_PASSWORD" }
  const acts: (() => Promise<unknown>)[] = [
    () => house.call("moveSecret", editor, { ...at, toScope: "acme.payments.prod", toVault: vault }),
    () => house.call("changeSecret", editor, { ...at, description: "Ours" }),
    () => house.call("disableSecret", editor, at),
    () => house.call("deleteSecret", editor, at),
    () => house.call("disableVersion", editor, { ...at, version: 1 }),
    () => house.call("destroySecret", editor, { ...at, confirm: "DB_PASSWORD" }),
  ]
  for (const act of acts) {
    await house.database.pool.query(`DELETE FROM "Secret"`)
    await house.call("createSecret", editor, { scope: at.scope, vault, name: at.secret, value: "a value" })
    const moving = `UPDATE "Secret" SET "vaultId" = (SELECT "id" FROM ${vaultOf(elsewhere)})`
    await expect(meanwhile(house.database, { row: `"Secret"`, change: moving }, act)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("moved or renamed") as string,
    })
  }
})

test("a scope that is deleted while secrets are written to it leaves no ciphertext behind", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const owner = await house.person(acme, { role: "owner", at: "acme" })
  const scope = "acme.payments.prod"
  const names = Array.from({ length: 30 }, (_, index) => `SECRET_${String(index)}`)
  const writing = names.map((name) => house.call("createSecret", owner, { scope, vault, name, value: "a value" }))
  await expect.poll(() => house.database.prisma.sealedValue.count(), { interval: 1 }).toBeGreaterThan(0)
  const deleting = house.call("deleteScope", owner, { scope, confirm: scope })
  await Promise.allSettled(writing)
  await deleting
  await house.database.pool.query(`UPDATE "Operation" SET "leaseUntil" = now() - interval '1 second'`)
  await reconcile(house.house)
  expect(await house.database.prisma.sealedValue.count()).toBe(0)
})

test("a secret that is gone right after it was created leaves one event of its creation", async () => {
  await using house = await aHouse()
  const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
  const at = { scope: "acme", vault }
  const acts = Array.from({ length: 20 }, () => [
    house.call("createSecret", owner, { ...at, name: "A", value: "a value" }),
    house.call("destroySecret", owner, { ...at, secret: "A", confirm: "A" }),
  ]).flat()
  await Promise.allSettled(acts)
  const { rows } = await house.database.pool.query(
    `SELECT "requestId" FROM "AuditEvent" GROUP BY 1 HAVING count(*) <> 1`,
  )
  expect(rows).toEqual([])
})

test("an act that Postgres gives up, since it waited in a circle, is done again and leaves one event", async () => {
  await using house = await aHouse()
  const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
  await house.call("createSecret", owner, { scope: "acme.data", vault, name: "A", value: "a value" })
  const tables = openDatabase({ url: house.ownerUrl })
  await tables.pool.query(givingUpOnce)
  await tables.close()
  const move = { scope: "acme.data", vault, secret: "A", toScope: "acme.payments", toVault: vault }
  expect(await house.call("moveSecret", owner, move)).toMatchObject({ scope: "acme.payments" })
  const events = await house.database.prisma.auditEvent.findMany({ where: { action: "secret.move" } })
  expect(events.map(({ outcome }) => outcome)).toEqual(["done"])
})

/** The first change of a secret fails as one does that waits in a circle. A sequence goes on after a rollback. */
const givingUpOnce = `
  CREATE SEQUENCE tries;
  CREATE FUNCTION give_up_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    IF nextval('tries') = 1 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER give_up_once BEFORE UPDATE ON "Secret" FOR EACH ROW EXECUTE FUNCTION give_up_once()`

function vaultOf(scopeId: string | undefined): string {
  return `"Vault" WHERE "scopeId" = '${String(scopeId)}'`
}

/** Begins an act while somebody else holds the row that it will need, and lets them change it and commit first. */
async function meanwhile<Result>(
  { pool }: Database,
  { row, change }: { row: string; change: string },
  act: () => Promise<Result>,
): Promise<Result> {
  const other = await pool.connect()
  try {
    await other.query("BEGIN")
    await other.query(`SELECT 1 FROM ${row} FOR UPDATE`)
    const acting = act()
    acting.catch(() => undefined) // told to whoever awaits it, below
    await expect.poll(() => whoWaits(pool)).toBe(1)
    await other.query(change)
    await other.query("COMMIT")
    return await acting
  } finally {
    other.release()
  }
}

async function whoWaits(pool: Database["pool"]): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows[0]?.waiting ?? 0
}
