// What the schema engine reaches a database through: Prisma's pg adapter (7.10.0) with the three faults mended that it
// meets there, or no database at all.
import { randomUUID } from "node:crypto"
import { createRequire } from "node:module"
import { PrismaPg } from "@prisma/adapter-pg"

const { resolve } = createRequire(import.meta.url)
const { default: Result } = await import(resolve("pg/lib/result.js"))

// 1. It has no mapping for the catalog type "char" (oid 18), which introspection reads and expects as a character. It
// knows "char"[] (oid 1002), so the type travels as that and is turned back on arrival.
const CHAR = 18
const CHAR_ARRAY = 1002
const CHARACTER_COLUMN = 6
const CHARACTER_ARRAY_COLUMN = 70

const addFields = Result.prototype.addFields
Result.prototype.addFields = function (fields) {
  addFields.call(this, fields)
  for (const field of this.fields) if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY
}

function withCharacters(queryable) {
  const { queryRaw, startTransaction } = queryable
  queryable.queryRaw = async (query) => {
    const result = await queryRaw.call(queryable, query)
    const turnBack = (type) => (type === CHARACTER_ARRAY_COLUMN ? CHARACTER_COLUMN : type)
    return { ...result, columnTypes: result.columnTypes.map(turnBack) }
  }
  if (startTransaction) {
    queryable.startTransaction = async (level) => withCharacters(await startTransaction.call(queryable, level))
  }
  return queryable
}

export class SchemaEngineAdapter extends PrismaPg {
  #parameters
  #query

  /** Takes the connection's parameters in parts, and `query(where, text)`, which runs a statement elsewhere. */
  constructor(parameters, query) {
    super(parameters)
    this.#parameters = parameters
    this.#query = query
  }

  async connect() {
    return withCharacters(await super.connect())
  }

  // 2. Given a URL, the stock method ignores the shadow database's name and works on the real database.
  // 3. It drops the shadow database before it closes its own connections to it.
  async connectToShadowDb() {
    const database = `prisma_migrate_shadow_db_${randomUUID()}`
    await this.#query({}, `CREATE DATABASE "${database}"`)
    const shadow = await new SchemaEngineAdapter({ ...this.#parameters, database }, this.#query).connect()
    const { dispose } = shadow
    shadow.dispose = async () => {
      await dispose.call(shadow)
      await this.#query({}, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`)
    }
    return shadow
  }
}

// Comparing schema files takes no database, but the engine greets one first: this answers as the Postgres that we ship.
export class NoDatabase {
  provider = "postgres"
  adapterName = "no-database"

  async connect() {
    return this
  }

  async connectToShadowDb() {
    return needsDatabase()
  }

  async queryRaw({ sql }) {
    if (!sql.includes("version()")) return needsDatabase()
    const BOOLEAN = 5
    const TEXT = 7
    const INTEGER = 0
    return {
      columnNames: ["exists", "version", "numeric_version"],
      columnTypes: [BOOLEAN, TEXT, INTEGER],
      rows: [[true, "PostgreSQL 18.4", 180_004]],
    }
  }

  async executeRaw() {
    return needsDatabase()
  }

  async executeScript() {
    return needsDatabase()
  }

  async startTransaction() {
    return needsDatabase()
  }

  getConnectionInfo() {
    return { schemaName: "public", supportsRelationJoins: false }
  }

  async dispose() {}
}

function needsDatabase() {
  throw new Error("This command needs a database: set DATABASE_URL.")
}
