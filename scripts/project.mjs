// Where the project is, and how its programs are run: on the Node that it brings along, whatever the machine has.
// These scripts run before anything is installed, on Node 20 or newer.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The installed Node 24, or the running one where it is new enough. */
export function projectNode() {
  const installed = join(root, "node_modules", ".bin", "node")
  if (existsSync(installed)) return installed
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath
  throw new Error('Node 24 is missing from node_modules. Run "npm ci" and start again.')
}

/** The environment with the project's programs first on the PATH, so that what they start finds them too. */
export function projectEnvironment(more = {}) {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter)
  return { ...process.env, PATH: path, ...more }
}

/**
 * Runs a program to its end. Answers its exit code, 1 for one that was killed, and what it printed where `output` is
 * "kept" instead of shown.
 */
export function run(command, args, { env = projectEnvironment(), output = "shown" } = {}) {
  const shown = output === "shown"
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ["ignore", ...Array(2).fill(shown ? "inherit" : "pipe")],
    })
    const printed = []
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => printed.push(chunk))
    child.once("error", reject)
    child.once("close", (code) => resolve({ code: code ?? 1, printed: Buffer.concat(printed).toString("utf8") }))
  })
}

/** The same for a program that npm installed, named by its file in node_modules. */
export function runTool(file, args, options) {
  return run(projectNode(), [join(root, "node_modules", file), ...args], options)
}
