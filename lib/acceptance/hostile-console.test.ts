/**
 * Somebody runs code in the console's process. It is started here as the supervisor starts it, with the exact variables
 * that it gets, and a fixture in it looks around: nothing of ours that opens a value is in its memory, its environment
 * or its open files. What its user may open beside that depends on whose user it is, and is told.
 */
import { once } from "node:events"
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { makeCanary } from "../testing/canaries.ts"
import { openFigures } from "../testing/figures.ts"
import { aRunningProduct, type RunningProduct } from "./a-running-product.ts"

const figures = openFigures("hostile-console")
const fixture = join(import.meta.dirname, "..", "testing", "fixture-hostile-console.mjs")
const nodeOptions = { console: ["--import", fixture] }
const nobody = 65_534
const vault = "default"
const products: RunningProduct[] = []
afterAll(async () => {
  for (const product of products) await product[Symbol.asyncDispose]()
})

/** A product whose console served a person's pages of secrets that were written and read by the API. */
async function aServingProduct(consoleUser?: number): Promise<{ product: RunningProduct; tokens: string[] }> {
  const product = await aRunningProduct({
    console: "real",
    nodeOptions,
    ...(consoleUser !== undefined && { consoleUser }),
  })
  products.push(product)
  const { house } = product
  const acme = await house.organization("acme")
  const owner = await house.person(acme, { role: "owner", at: "acme" })
  const { token = "" } = await house.call("createPersonalToken", owner, { name: "writer" })
  const machine = await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
  const session = await product.openSession(owner)
  const values = Array.from({ length: 20 }, (_, at) => makeCanary(`secret ${at}`).value)
  for (const [at, value] of values.entries()) {
    const body = JSON.stringify({ name: `S${at}`, value })
    const headers = { "content-type": "application/json" }
    const target = `/api/v1/scopes/acme/vaults/${vault}/secrets`
    expect((await product.ask("POST", target, { token, headers, body })).status).toBe(200)
    const read = await product.ask("GET", `/api/v1/vaults/${vault}/secrets/S${at}/value?scope=acme`, {
      token: machine.token,
    })
    expect(JSON.parse(read.body)).toMatchObject({ value })
  }
  for (const path of ["/s/acme", `/s/acme/vaults/${vault}/S1`, "/s/acme/audit", "/s/acme/service-accounts"]) {
    expect([path, (await product.ask("GET", path, { session })).status]).toEqual([path, 200])
  }
  return { product, tokens: [machine.token, token] }
}

async function lookAround<Found>({ console }: RunningProduct, act: string, more: object = {}): Promise<Found> {
  if (console === undefined) throw new Error("There is no console to look around in.")
  const told = once(console, "message") as Promise<[{ found: Found }]> // what the fixture sends
  console.send({ act, ...more })
  return (await told)[0].found
}

describe("code in the console's process", () => {
  it("finds no value, key, login or token of others in memory, environment or open files", async () => {
    const { product, tokens } = await aServingProduct()
    const sought = soughtFor(product, tokens)
    const environment = await lookAround<Record<string, string>>(product, "environment")
    const control = environment.AUTH_SECRET ?? ""
    const heap = join(product.folder, "console.heapsnapshot")
    await lookAround(product, "heap", { file: heap })
    const places = {
      environment: [Buffer.from(JSON.stringify(environment))],
      "heap snapshot": [readFileSync(heap)],
      memory: memoryOf(product.console?.pid ?? 0),
    }
    for (const [place, parts] of Object.entries(places)) {
      const found = [...sought].flatMap(([what, forms]) =>
        forms.some((form) => parts.some((part) => part.includes(form))) ? [what] : [],
      )
      expect([place, found]).toEqual([place, []])
      expect([place, parts.some((part) => part.includes(control))]).toEqual([place, true])
    }
    const size = places.memory.reduce((sum, { length }) => sum + length, 0)
    figures.tell(
      "keys, logins, values and tokens in the console",
      `0 of ${sought.size} in ${Math.round(size / 2 ** 20)} MB`,
      0,
    )
    expect(Object.keys(environment).sort()).toEqual(expect.not.arrayContaining(["DATABASE_URL", "STRONGROOM_KEK"]))
    const held = await lookAround<string[]>(product, "held")
    expect(held.filter((path) => /postgres|\.pem$|kek|key$/i.test(path))).toEqual([])
  })

  it("as the api's own user opens what that user may: this is what running it apart is for", async () => {
    const [product] = products
    if (product === undefined) throw new Error("The test before made it.")
    const opened = await lookAround<Record<string, string>>(product, "open", { files: filesOf(product) })
    const reach = Object.entries(opened).map(([file, how]) => `${nameOf(file)} ${how === "opens" ? "opens" : "closed"}`)
    figures.tell("as the same user, beside the process itself", reach.join(", "), "stated, not prevented")
    expect(Object.values(opened)).toContain("opens")
  })

  it("as another user opens nothing of the api's, and its pages work all the same", async () => {
    if (process.geteuid?.() !== 0) {
      const why = "NOT MEASURED: it takes root to start the console as another user"
      console.warn(`hostile-console: another user is ${why}`)
      figures.tell("as another user", why, "nothing opens")
      return
    }
    const { product } = await aServingProduct(nobody)
    const files = filesOf(product)
    const opened = await lookAround<Record<string, string>>(product, "open", { files })
    expect(opened).toEqual(Object.fromEntries(files.map((file) => [file, "EACCES"])))
    const socket = join(new URL(product.house.appUrl).searchParams.get("host") ?? "", ".s.PGSQL.5432")
    expect(await lookAround(product, "connect", { path: socket })).toBe("EACCES")
    figures.tell(
      "as another user, of the api's files, memory, environment and database",
      `0 of ${files.length + 1} open`,
      0,
    )
  })
})

/** What opens a value, or is one, in the forms in which a process may hold it. */
function soughtFor({ kek, house }: RunningProduct, tokens: readonly string[]): Map<string, Buffer[]> {
  const key = Buffer.from(kek, "base64url")
  const password = decodeURIComponent(new URL(house.appUrl).password)
  const texts = [
    ["the key's text", kek],
    ["the database's password", password],
  ].concat(tokens.map((token, at) => [`token ${at}`, token]))
  return new Map([
    ["the key's bytes", [key]],
    ["the key in hex", [Buffer.from(key.toString("hex"))]],
    ["the key in base64", [Buffer.from(key.toString("base64"))]],
    // How every canary begins, plain and in JSON.
    ["a value", ['cnry"<', 'cnry\\"<'].flatMap((text) => [Buffer.from(text), Buffer.from(text, "utf16le")])],
    ...texts.map(([what = "", text = ""]): [string, Buffer[]] => [
      what,
      [Buffer.from(text), Buffer.from(text, "utf16le")],
    ]),
  ])
}

/** All that a process may write to, read from outside. */
function memoryOf(pid: number): Buffer[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")
  const memory = openSync(`/proc/${pid}/mem`, "r")
  try {
    return maps.flatMap((line) => {
      const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      const size = Number.parseInt(to, 16) - Number.parseInt(from, 16)
      return size === 0 || size > 2 ** 28 ? [] : readRange(memory, Number.parseInt(from, 16), size)
    })
  } finally {
    closeSync(memory)
  }
}

function readRange(memory: number, from: number, size: number): Buffer[] {
  const bytes = Buffer.alloc(size)
  try {
    return [bytes.subarray(0, readSync(memory, bytes, 0, size, from))]
  } catch {
    return [] // a page that is reserved and was never used
  }
}

/** What the api's user has: its process, and what a data folder holds. */
function filesOf({ api, folder }: RunningProduct): string[] {
  const key = join(folder, "kek")
  writeFileSync(key, "a key", { mode: 0o600 })
  return [`/proc/${api.pid ?? 0}/environ`, `/proc/${api.pid ?? 0}/mem`, key]
}

function nameOf(file: string): string {
  return file.startsWith("/proc") ? `the api's ${file.split("/").at(-1) ?? ""}` : "a key file of the data folder"
}
