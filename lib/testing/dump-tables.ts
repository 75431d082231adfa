import pg from "pg"

/** Every table of a database, each row as Postgres writes it as text: what somebody has who took a copy of it. */
export async function dumpTables(client: pg.Client): Promise<{ name: string; rows: string }[]> {
  const found = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  const tables: { name: string; rows: string }[] = []
  for (const { name } of found.rows) {
    const rows = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${pg.escapeIdentifier(name)} t`)
    tables.push({ name, rows: rows.rows.map(({ row }) => row).join("\n") })
  }
  return tables
}
