/**
 * Where a login's token is kept: in the system's keyring where there is one, else in a file that its owner alone may
 * read. A token is kept for one address, and is never sent to another.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { configurationFolder, readJsonFile } from "./configuration.ts"
import { makePrivateFolder, writePrivately } from "./private-file.ts"

export type Keeper = "keyring" | "file"

export interface KeptToken {
  token: string
  in: Keeper
}

/** Answers where it is kept now. */
export async function keepToken(origin: string, token: string): Promise<Keeper> {
  await forgetToken(origin)
  if ((await keyring?.keep(origin, token)) === true) return "keyring"
  await changeFile((kept) => ({ ...kept, [origin]: token }))
  return "file"
}

export async function findToken(origin: string): Promise<KeptToken | undefined> {
  const inFile = (await readJsonFile(credentialsFile()))[origin]
  if (typeof inFile === "string") return { token: inFile, in: "file" }
  const token = await keyring?.find(origin)
  return token === undefined ? undefined : { token, in: "keyring" }
}

export async function forgetToken(origin: string): Promise<void> {
  await keyring?.forget(origin)
  const kept = await readJsonFile(credentialsFile())
  if (origin in kept) await changeFile((all) => Object.fromEntries(Object.entries(all).filter(([at]) => at !== origin)))
}

export function credentialsFile(): string {
  return join(configurationFolder(), "credentials.json")
}

async function changeFile(change: (kept: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
  await makePrivateFolder(configurationFolder())
  const kept = change(await readJsonFile(credentialsFile()))
  await writePrivately(credentialsFile(), `${JSON.stringify(kept, null, 2)}\n`)
}

interface Keyring {
  /** False where the keyring can't be used: locked, or none is running. */
  keep(origin: string, token: string): Promise<boolean>
  find(origin: string): Promise<string | undefined>
  forget(origin: string): Promise<void>
}

/** The token goes through standard input: an argument list is for every process to see. */
const secretTool: Keyring = {
  keep: async (origin, token) => {
    const label = `--label=Strongroom at ${origin}`
    const { code } = await ask("secret-tool", ["store", label, "service", "strongroom", "origin", origin], token)
    return code === 0
  },
  find: async (origin) => {
    const { code, text } = await ask("secret-tool", ["lookup", "service", "strongroom", "origin", origin])
    return code === 0 && text !== "" ? text.trim() : undefined
  },
  forget: async (origin) => {
    await ask("secret-tool", ["clear", "service", "strongroom", "origin", origin])
  },
}

/** Its tool takes a password in an argument or in a command on standard input. A token has no character that it quotes. */
const keychain: Keyring = {
  keep: async (origin, token) => {
    const command = `add-generic-password -U -s strongroom -a "${origin}" -w "${token}"\n`
    const { code } = await ask("security", ["-i"], command)
    return code === 0
  },
  find: async (origin) => {
    const { code, text } = await ask("security", ["find-generic-password", "-s", "strongroom", "-a", origin, "-w"])
    return code === 0 && text !== "" ? text.trim() : undefined
  },
  forget: async (origin) => {
    await ask("security", ["delete-generic-password", "-s", "strongroom", "-a", origin])
  },
}

const keyring = { linux: secretTool, darwin: keychain }[process.platform as string]

/** A tool that isn't there, or doesn't end, answers as one that failed: then there is no keyring. */
function ask(program: string, args: readonly string[], input = ""): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] })
    const patience = setTimeout(() => child.kill(), 10_000).unref()
    let text = ""
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part
    })
    child.stdin.on("error", () => undefined) // it ended before it read: its exit code says so
    child.on("error", () => resolve({ code: 1, text: "" }))
    child.on("close", (code) => {
      clearTimeout(patience)
      resolve({ code: code ?? 1, text })
    })
    child.stdin.end(input)
  })
}
