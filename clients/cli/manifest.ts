/** What programs declare that they need: the manifests of the SDK's `defineSecret`, in JSON or YAML. No value is in one. */
import { readFile } from "node:fs/promises"
import { type SecretDeclaration, StrongroomError } from "../sdk/index.ts"
import type { OptionSpecs } from "./command.ts"
import { categories } from "./metadata.ts"

export interface Manifest {
  vault: string
  secrets: Readonly<Record<string, SecretDeclaration>>
}

export const manifestOptions = {
  file: {
    type: "string",
    value: "FILE",
    short: "f",
    multiple: true,
    about: "a manifest of defineSecret, or a list of them, in JSON or YAML; may be repeated",
  },
} as const satisfies OptionSpecs

/** @throws StrongroomError `invalid`, which says in which file and of which secret something is wrong */
export async function readManifests(files: readonly string[]): Promise<Manifest[]> {
  if (files.length === 0) throw new StrongroomError("invalid", "Say which manifest: --file secrets.json.")
  const found = await Promise.all(files.map(readOne))
  return found.flat()
}

async function readOne(file: string): Promise<Manifest[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new StrongroomError("invalid", `The manifest ${file} can't be read.`, { cause })
  })
  try {
    return (await documentsOf(text)).flatMap((each) =>
      Array.isArray(each) ? each.map(manifestOf) : [manifestOf(each)],
    )
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new StrongroomError("invalid", `In the manifest ${file}, ${error.message}`)
  }
}

/** What is wrong with a manifest, and where in it. */
class Fault extends Error {}

/** JSON is YAML, so one reader reads both. */
async function documentsOf(text: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import("yaml")
  const documents = parseAllDocuments(text, { logLevel: "silent" })
  if (!Array.isArray(documents)) return []
  if (documents.some(({ errors }) => errors.length > 0)) throw new Fault("something is neither JSON nor YAML.")
  return documents.map((document) => document.toJS({ maxAliasCount: 0 }) as unknown)
}

function manifestOf(found: unknown): Manifest {
  if (!isRecord(found) || typeof found.vault !== "string" || !isRecord(found.secrets)) {
    throw new Fault(
      'there is something else than {"vault": "my-secrets", "secrets": {"api-key": {"description": "…"}}}.',
    )
  }
  const { vault } = found
  const secrets = Object.entries(found.secrets).map(([name, declared]) => {
    const declaration = declarationOf(isRecord(declared) ? declared : {}, `"${name}" of "${vault}"`)
    return [name, declaration] as const
  })
  return { vault, secrets: Object.fromEntries(secrets) }
}

const formats = ["text", "json", "pem", "url"] as const

function declarationOf(found: Record<string, unknown>, of: string): SecretDeclaration {
  const { description, category, format, maxAgeDays, required, ...rest } = found
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new Fault(`${of} has "${unknown}", which isn't known.`)
  if (typeof description !== "string") throw new Fault(`${of} has no description.`)
  return {
    description,
    ...(category !== undefined && { category: oneOf(categories, category, `category of ${of}`) }),
    ...(format !== undefined && { format: oneOf(formats, format, `format of ${of}`) }),
    ...(maxAgeDays !== undefined && { maxAgeDays: days(maxAgeDays, `maxAgeDays of ${of}`) }),
    ...(required !== undefined && { required: oneOf([true, false], required, `required of ${of}`) }),
  }
}

function oneOf<Known>(known: readonly Known[], found: unknown, what: string): Known {
  const one = known.find((each) => each === found)
  if (one === undefined) throw new Fault(`${what} is one of: ${known.join(", ")}.`)
  return one
}

function days(found: unknown, what: string): number {
  if (typeof found === "number" && Number.isInteger(found) && found > 0) return found
  throw new Fault(`${what} is a number of days.`)
}

function isRecord(what: unknown): what is Record<string, unknown> {
  return typeof what === "object" && what !== null && !Array.isArray(what)
}
