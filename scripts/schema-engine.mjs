#!/usr/bin/env node
// The Prisma CLI starts a native "schema engine", which it would download. This program stands in for it: it speaks
// the same protocol over the WebAssembly build of that engine, which npm delivers. prisma.config.ts names it.
//
// The protocol: `cli <command>` as arguments, with errors as JSON lines on standard error; without a command, JSON-RPC
// lines on standard input and output.
import { existsSync, readFileSync, writeSync } from "node:fs"
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils"
import * as glue from "@prisma/schema-engine-wasm/schema_engine_bg"
import pg from "pg"
import { NoDatabase, SchemaEngineAdapter } from "./schema-engine-adapter.mjs"

const { command, url, datamodels, version } = readArguments(process.argv.slice(2))

if (version) console.log("schema-engine-wasm")
else if (command === "can-connect-to-database") await tryToConnect()
else if (command === "create-database") await createDatabase()
else if (command) failCommand("P0000", `The schema engine has no command "${command}".`)
else serve(await loadEngine())

function readArguments(words) {
  const found = { datamodels: [], url: process.env.DATABASE_URL, version: words.includes("--version") }
  words.forEach((word, i) => {
    const next = words[i + 1]
    if (word === "--datamodels") found.datamodels.push(next)
    if (word === "--datasource") found.url = JSON.parse(next).url ?? found.url
    if (words[i - 1] === "cli") found.command = word
  })
  return found
}

async function tryToConnect() {
  const { host, port, database } = connectionParameters()
  try {
    await query({}, "SELECT 1")
  } catch (error) {
    if (error.code === "3D000") failCommand("P1003", `Database \`${database}\` does not exist`)
    if (["28P01", "28000"].includes(error.code)) failCommand("P1000", `Authentication failed: ${error.message}`)
    failCommand("P1001", `Can't reach database server at \`${host}:${port}\`: ${error.message}`)
  }
}

async function createDatabase() {
  const { database } = connectionParameters()
  await query({ database: "postgres" }, `CREATE DATABASE ${pg.escapeIdentifier(database)}`)
}

// The CLI leaves out the first line of standard error, so a line that says nothing goes first.
function failCommand(code, message) {
  const line = (level, fields) => {
    const record = { timestamp: new Date().toISOString(), level, fields, target: "schema_engine::logger" }
    writeSync(2, `${JSON.stringify(record)}\n`)
  }
  line("INFO", { message: "schema engine" })
  line("ERROR", { message, is_panic: false, error_code: code })
  process.exit(1)
}

async function query(where, text) {
  const client = new pg.Client({ ...connectionParameters(), ...where, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** In parts rather than as a URL, so that the database can be exchanged: in pg a URL's database wins over a given one. */
function connectionParameters() {
  const { connectionParameters } = new pg.Client({ connectionString: url })
  const { host, port, user, password, database, ssl } = connectionParameters
  return { host, port, user, password: password ?? undefined, database, ssl }
}

/** Answers a function that gives the engine, made at the first call: some requests come without a database. */
async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    message: "",
    get: () => globalThis.PRISMA_WASM_PANIC_REGISTRY.message,
    set_message: (message) => {
      globalThis.PRISMA_WASM_PANIC_REGISTRY.message = message
    },
  }
  const { resolve } = createRequire(import.meta.url)
  const wasm = readFileSync(resolve("@prisma/schema-engine-wasm/schema_engine_bg").replace(/\.js$/, ".wasm"))
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()

  let engine
  return () => {
    engine ??= glue.SchemaEngine.new(
      { datamodels: readDatamodels() },
      () => {},
      bindMigrationAwareSqlAdapterFactory(
        url === undefined ? new NoDatabase() : new SchemaEngineAdapter(connectionParameters(), query),
      ),
    )
    return engine
  }
}

function readDatamodels() {
  const found = datamodels.filter((path) => existsSync(path)).map((path) => [path, readFileSync(path, "utf8")])
  return found.length > 0 ? found : undefined
}

function serve(getEngine) {
  const printed = new Map() // what the CLI was asked to print, by the id under which it will confirm
  let working = 0
  let ended = false
  const endWhenDone = () => {
    if (ended && working === 0) process.exit(0)
  }

  async function print(content) {
    const id = 1_000_000 + printed.size
    const confirmed = new Promise((resolve) => printed.set(id, resolve))
    send({ id, method: "print", params: { content } })
    await confirmed
  }

  async function answer({ id, method, params }) {
    working++
    try {
      const result = await call(await getEngine(), method, params)
      if (method === "diff" && typeof result?.stdout === "string") await print(result.stdout)
      send({ id, result: result ?? null })
    } catch (error) {
      send({ id, error: describeError(error) })
    } finally {
      working--
      endWhenDone()
    }
  }

  createInterface({ input: process.stdin })
    .on("line", (line) => {
      if (line.trim() === "") return
      const message = JSON.parse(line)
      if (message.method) answer(message)
      else printed.get(message.id)?.()
    })
    .on("close", () => {
      ended = true
      endWhenDone()
    })
}

async function call(engine, method, params) {
  const name = method === "getDatabaseVersion" ? "version" : method
  if (typeof engine[name] !== "function") throw new Error(`The schema engine has no method "${name}".`)
  return engine[name](params)
}

function describeError(error) {
  const message = globalThis.PRISMA_WASM_PANIC_REGISTRY.get() || error?.message || String(error)
  const data = { is_panic: false, message, meta: error?.meta ?? null, error_code: error?.code ?? null }
  return { code: 4466, message: "An error happened. Check the data field for details.", data }
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
}
