/** A backup of the running product, made by its own command and opened by its own key. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { readOperatorSettings } from "../../lib/env.ts"
import { openBackup } from "../../lib/process/backup/file.ts"
import { reachKeyring } from "../../lib/process/operator/reach.ts"
import { inFolder, readWorld } from "./world.ts"

const project = join(import.meta.dirname, "..", "..")

/** @returns what whoever has the key reads in it */
export async function takeAndOpenBackup(): Promise<Buffer> {
  const file = inFolder("strongroom.backup")
  const { PATH = "", HOME = "" } = process.env
  const settings = { NODE_ENV: "production" as const, PATH, HOME, STRONGROOM_DATA: readWorld().dataFolder }
  const command = join(project, "lib", "process", "operator.ts")
  await promisify(execFile)(process.execPath, [command, "backup", file], { cwd: project, env: settings })
  const { lines } = await openBackup(file, reachKeyring(readOperatorSettings(project, settings)))
  const read: string[] = []
  for await (const line of lines) read.push(line)
  return Buffer.from(read.join("\n"))
}
