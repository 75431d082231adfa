/**
 * On a runner of GitHub's or Gitea's, what a job prints is kept and shown. Each value, and each of its lines, is told to
 * the runner first, which then prints stars instead. It goes to standard error, which runners read for such commands as
 * well: standard output may be what a script takes the value from.
 */
import { writeSync } from "node:fs"
import { variable } from "./environment.ts"

/** What the runner knows already. */
const told = new Set<string>()

export function maskOnRunners(values: readonly { bytes: Buffer; isText: boolean }[]): void {
  if (!isOnRunner()) return
  for (const mask of values.flatMap(masksOf)) {
    // At once, so that it is out before anything else is.
    if (!told.has(mask)) writeSync(2, `::add-mask::${mask}\n`)
    told.add(mask)
  }
}

function isOnRunner(): boolean {
  return ["GITHUB_ACTIONS", "GITEA_ACTIONS", "FORGEJO_ACTIONS"].some((name) => variable(name) === "true")
}

/** The whole, its lines, and for bytes the form that they have in an environment. */
function masksOf({ bytes, isText }: { bytes: Buffer; isText: boolean }): string[] {
  const text = bytes.toString(isText ? "utf8" : "base64")
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "")
  return [text, ...lines].filter((part) => part.trim() !== "").map(asCommandData)
}

/** A command ends with its line: what would end it is written in the runner's own escapes. */
function asCommandData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")
}
