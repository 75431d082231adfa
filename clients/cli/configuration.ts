/** What the command line remembers between calls: where Strongroom is, and which scope one works on. No credential. */
import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { StrongroomError } from "../sdk/index.ts"
import { settings, variable } from "./environment.ts"
import { makePrivateFolder, writePrivately } from "./private-file.ts"

export interface Configuration {
  url?: string
  /** The scope that `scope use` chose. */
  scope?: string
}

export function configurationFolder(): string {
  const chosen = variable(settings.configFolder)
  if (chosen !== undefined) return chosen
  const base = variable(process.platform === "win32" ? "APPDATA" : "XDG_CONFIG_HOME") ?? join(homedir(), ".config")
  return join(base, "strongroom")
}

export async function readConfiguration(): Promise<Configuration> {
  const path = join(configurationFolder(), "config.json")
  const found = await readJsonFile(path)
  return { ...(isText(found.url) && { url: found.url }), ...(isText(found.scope) && { scope: found.scope }) }
}

export async function changeConfiguration(change: Configuration): Promise<void> {
  await makePrivateFolder(configurationFolder())
  const all = { ...(await readConfiguration()), ...change }
  await writePrivately(join(configurationFolder(), "config.json"), `${JSON.stringify(all, null, 2)}\n`)
}

/** The object in a file of ours; empty where there is no file. */
export async function readJsonFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch(absent)
  if (text === undefined) return {}
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found === "object" && found !== null) return { ...found }
  } catch {
    // Said below. The parser's message would quote the file, which may hold a token.
  }
  throw new StrongroomError("invalid", `${path} isn't valid JSON. Mend it, or delete it and sign in again.`)
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
  throw error
}

function isText(what: unknown): what is string {
  return typeof what === "string" && what !== ""
}
