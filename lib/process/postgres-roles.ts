/**
 * Who may do what in the embedded Postgres: `strongroom_owner` owns the tables and changes them in migrations,
 * `strongroom_app` only has what the migrations grant it.
 */
import pg from "pg"
import { onConnection } from "./connection.ts"
import type { PostgresPasswords } from "./postgres-files.ts"

/** Makes the database `strongroom` and its two roles where they are missing. Safe to repeat. */
export async function makeDatabaseAndRoles(adminUrl: string, passwords: PostgresPasswords): Promise<void> {
  await onConnection(adminUrl, async (admin) => {
    await makeRole(admin, "strongroom_owner", passwords.owner)
    await makeRole(admin, "strongroom_app", passwords.app)
    const { rowCount } = await admin.query("SELECT 1 FROM pg_database WHERE datname = 'strongroom'")
    if (rowCount === 0) await admin.query("CREATE DATABASE strongroom OWNER strongroom_owner")
    await closeToOthers(admin, "strongroom")
  })
}

/** Only our two roles may connect to the database: Postgres would let everyone. */
export async function closeToOthers(admin: pg.Client, database: string): Promise<void> {
  const name = pg.escapeIdentifier(database)
  await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
  await admin.query(`GRANT CONNECT ON DATABASE ${name} TO strongroom_app`)
}

async function makeRole(admin: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await admin.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role])
  if (rowCount === 1) return
  const may = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
  await admin.query(`CREATE ROLE ${pg.escapeIdentifier(role)} ${may} PASSWORD ${pg.escapeLiteral(password)}`)
}
