/** A brief: what a task is given to know, in JSON. Of it, the references to secrets are read, and nothing is written. */
import { StrongroomError } from "../sdk/index.ts"
import { readBytes } from "./given-value.ts"

/** The `secret_refs` of a brief. Undefined without a brief. @throws StrongroomError `invalid`, which quotes nothing */
export async function readBrief(file: string | undefined): Promise<string[] | undefined> {
  if (file === undefined) return undefined
  const found = parsed(Buffer.from(await readBytes(file)).toString("utf8"))
  const references =
    typeof found === "object" && found !== null && "secret_refs" in found ? found.secret_refs : undefined
  if (Array.isArray(references) && references.every((each): each is string => typeof each === "string"))
    return references
  throw new StrongroomError(
    "invalid",
    `The brief ${file} must be a JSON object whose "secret_refs" is a list of addresses, such as "strongroom:///default/DB_PASSWORD".`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
