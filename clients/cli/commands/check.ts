import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto"
import { type SecretDeclaration, StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { type Api, openAsMachine, readingScope } from "../connection.ts"
import { exitCodes } from "../exit-codes.ts"
import { manifestOptions, readManifests } from "../manifest.ts"
import { readValues, type Value } from "../reading.ts"

export const check = command({
  words: [],
  options: { ...scopeOption, ...manifestOptions },
  about:
    "Holds what programs declare against what this identity gets: each declared secret is there, can be read, has its\nformat, and isn't older than it may be. No value is shown. Ends with 1 where something is amiss, so that a job fails.",
  run: async (options) => {
    const manifests = await readManifests(options.file)
    const { api } = await openAsMachine(options)
    const scope = readingScope(options.scope)
    const declared = manifests.flatMap(({ vault, secrets }) =>
      Object.entries(secrets).map(([name, declaration]) => ({ vault, name, declaration })),
    )
    const findings = await Promise.all(declared.map((one) => look(api, scope, one)))
    const rows = findings.map(({ ref, state, problem }) => [ref, state, problem ?? ""])
    const isAmiss = findings.some(({ state }) => state === "failed")
    return {
      kind: "table",
      table: { columns: ["SECRET", "STATE", "PROBLEM"], rows, empty: "The manifests declare nothing." },
      json: findings,
      code: isAmiss ? exitCodes.failed : exitCodes.done,
    }
  },
})

interface Declared {
  vault: string
  name: string
  declaration: SecretDeclaration
}

interface Finding {
  ref: string
  state: "passed" | "absent" | "failed"
  problem: string | null
}

async function look(api: Api, scope: string | undefined, { vault, name, declaration }: Declared): Promise<Finding> {
  const reference = { scope: undefined, vault, secret: name, version: undefined }
  const ref = `${vault}/${name}`
  try {
    const [value] = await readValues(api, [reference], scope)
    const problem = value === undefined ? "It wasn't answered." : await problemWith(api, value, declaration)
    return { ref, state: problem === undefined ? "passed" : "failed", problem: problem ?? null }
  } catch (error) {
    if (!(error instanceof StrongroomError) || !["not_found", "gone", "forbidden"].includes(error.code)) throw error
    const mayBeAbsent = error.code === "not_found" && declaration.required === false
    return { ref, state: mayBeAbsent ? "absent" : "failed", problem: mayBeAbsent ? null : error.message }
  }
}

async function problemWith(
  api: Api,
  value: Value,
  { format, maxAgeDays }: SecretDeclaration,
): Promise<string | undefined> {
  if (format !== undefined && !(value.isText && isOfFormat[format](value.bytes.toString("utf8")))) {
    return `Its value isn't of the format ${format}.`
  }
  if (maxAgeDays === undefined) return undefined
  const days = await ageInDays(api, value)
  return days > maxAgeDays ? `It is ${Math.floor(days)} days old, and may be ${maxAgeDays}.` : undefined
}

/** Whether it parses. What the parsers say of a value that doesn't may quote it, so it goes nowhere. */
const isOfFormat: Record<NonNullable<SecretDeclaration["format"]>, (text: string) => boolean> = {
  text: () => true,
  json: (text) => parses(() => JSON.parse(text)),
  url: (text) => URL.canParse(text),
  pem: (text) =>
    parses(() => new X509Certificate(text)) ||
    parses(() => createPrivateKey(text)) ||
    parses(() => createPublicKey(text)) ||
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END ENCRYPTED PRIVATE KEY-----\s*$/.test(text),
}

function parses(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}

async function ageInDays(api: Api, { scope, vault, name, version }: Value): Promise<number> {
  const { items } = await api.listVersions({ scope, vault, secret: name, limit: 200 })
  const found = items.find(({ number }) => number === version)
  if (found === undefined) throw new StrongroomError("internal", `The age of ${vault}/${name} isn't known.`)
  return (Date.now() - Date.parse(found.createdAt)) / 86_400_000
}
