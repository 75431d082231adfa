/**
 * Rows of a backup into tables that are there and empty, in the caller's transaction. Whatever would act on single rows
 * (foreign keys, triggers) is away meanwhile: rows come in the order of their tables' names. The foreign keys are added
 * again at the end, which checks every row.
 */
import pg from "pg"
import { CommandError } from "../operator/command.ts"
import { type Contents, lastLine } from "./snapshot.ts"

/** Rows go in together until they are so many, or so many characters. */
const mostRows = 500
const mostCharacters = 4_000_000

export async function loadRows(
  client: pg.Client,
  { tables }: Contents,
  lines: AsyncIterator<string>,
  tell: (line: string) => void,
): Promise<void> {
  const addForeignKeys = await dropForeignKeys(client)
  for (const { name, rows } of tables) {
    await client.query(`ALTER TABLE ${pg.escapeIdentifier(name)} DISABLE TRIGGER USER`)
    await loadTable(client, name, rows, lines)
    await client.query(`ALTER TABLE ${pg.escapeIdentifier(name)} ENABLE TRIGGER USER`)
    if (rows > 0) tell(`${name}: ${rows} rows`)
  }
  const end = await lines.next()
  if (end.done === true || end.value !== lastLine) throw incomplete()
  // The stream's own end is authentic, too.
  if ((await lines.next()).done !== true) throw incomplete()
  await addForeignKeys()
}

async function loadTable(client: pg.Client, name: string, rows: number, lines: AsyncIterator<string>): Promise<void> {
  const statement = `INSERT INTO ${pg.escapeIdentifier(name)} SELECT * FROM json_populate_recordset(NULL::${pg.escapeIdentifier(name)}, $1)`
  let held: string[] = []
  let characters = 0
  const flush = async (): Promise<void> => {
    if (held.length > 0) await client.query(statement, [`[${held.join(",")}]`])
    held = []
    characters = 0
  }
  for (let count = 0; count < rows; count += 1) {
    const line = await lines.next()
    if (line.done === true) throw incomplete()
    held.push(line.value)
    characters += line.value.length
    if (held.length >= mostRows || characters >= mostCharacters) await flush()
  }
  await flush()
}

async function dropForeignKeys(client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ drop: string; add: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS "drop",
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS "add"
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  )
  for (const { drop } of rows) await client.query(drop)
  return async () => {
    for (const { add } of rows) await client.query(add)
  }
}

function incomplete(): CommandError {
  return new CommandError("damaged", "This backup doesn't hold the rows that it says it holds. Nothing was restored.")
}
