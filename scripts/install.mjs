// Brings node_modules in line with package-lock.json, if it isn't.
import { delimiter, join } from "node:path"
import { root, run } from "./project.mjs"
import { onlyIfChanged } from "./stamp.mjs"

export async function install() {
  const packages = {
    inputs: ["package.json", "package-lock.json", ".npmrc"],
    output: "node_modules/.package-lock.json",
    stamp: "node_modules/.strongroom-stamp",
  }
  await onlyIfChanged(packages, async () => {
    console.log("Installing what Strongroom needs. The first time takes a minute or two.")
    const { code } = await run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], { env: machineEnvironment() })
    if (code !== 0) throw new Error('"npm ci" failed; its own words are above.')
  })
}

// On the machine's own Node: the one that we installed is among what "npm ci" takes away and brings back.
function machineEnvironment() {
  const ours = join(root, "node_modules", ".bin")
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ours)
  return { ...process.env, PATH: path.join(delimiter) }
}
