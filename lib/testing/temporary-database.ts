import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import { onConnection } from "../process/connection.ts"
import { closeToOthers } from "../process/postgres-roles.ts"

export interface TemporaryDatabase extends AsyncDisposable {
  /** Signs in as the owner of the tables. */
  readonly ownerUrl: string
  /** Signs in as the application does. */
  readonly appUrl: string
}

/**
 * A database of the test's own, with all migrations and nothing else in it. `await using database = await
 * temporaryDatabase()` drops it at the end of the block, whoever is still connected.
 */
export function temporaryDatabase(): Promise<TemporaryDatabase> {
  return databaseLike("strongroom")
}

/** The same with nothing in it, not even tables. */
export function emptyDatabase(): Promise<TemporaryDatabase> {
  return databaseLike("template1")
}

async function databaseLike(template: string): Promise<TemporaryDatabase> {
  const { adminUrl, ownerUrl, appUrl } = inject("postgres")
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await onConnection(adminUrl, async (admin) => {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER strongroom_owner`)
    await closeToOthers(admin, name)
  })
  return {
    ownerUrl: ownerUrl.replace("/strongroom?", `/${name}?`),
    appUrl: appUrl.replace("/strongroom?", `/${name}?`),
    [Symbol.asyncDispose]: () =>
      onConnection(adminUrl, async (admin) => {
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      }),
  }
}
