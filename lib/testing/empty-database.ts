import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import { onConnection } from "../process/connection.ts"
import { closeToOthers } from "../process/postgres-roles.ts"
import type { TemporaryDatabase } from "./temporary-database.ts"

/** A database of the test's own with nothing in it, not even tables. It is gone at the end of the block. */
export async function emptyDatabase(): Promise<TemporaryDatabase> {
  const { adminUrl, ownerUrl, appUrl } = inject("postgres")
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await onConnection(adminUrl, async (admin) => {
    await admin.query(`CREATE DATABASE ${name} OWNER strongroom_owner`)
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
