// `npm start`: installs and builds what is missing, then runs Strongroom until Ctrl-C. With a part's name (api,
// console) it runs that part alone; with --dev, the console rebuilds its pages as they change.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { bundle, generate } from "./build.mjs"
import { install } from "./install.mjs"
import { oneAtATime } from "./one-at-a-time.mjs"
import { projectEnvironment, projectNode, root } from "./project.mjs"

const flags = process.argv.slice(2)
let strongroom
const stopped = new AbortController()

// A Ctrl-C reaches the whole process group, and npm passes its own on too. Whoever we wait for ends by itself.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopped.abort()
    strongroom?.kill(signal)
  })
}

try {
  await oneAtATime(prepare, { signal: stopped.signal })
  process.exitCode = stopped.signal.aborted ? 130 : await runStrongroom()
} catch (error) {
  if (!stopped.signal.aborted) console.error(error.message)
  process.exitCode = stopped.signal.aborted ? 130 : 1
}

async function prepare() {
  await install()
  if (!stopped.signal.aborted) await generate()
  if (!stopped.signal.aborted && !flags.includes("--dev") && flags[0] !== "api") await bundle()
}

/** Answers its exit code. The channel between us tells it when we are gone. */
function runStrongroom() {
  const main = join(root, "lib", "process", "main.ts")
  strongroom = spawn(projectNode(), [main, ...(flags[0] === "--dev" ? ["start", ...flags] : flags)], {
    cwd: root,
    env: projectEnvironment(),
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  })
  const watch = stopWithNpm()
  return new Promise((resolve, reject) => {
    strongroom.once("error", reject)
    strongroom.once("exit", (code) => {
      clearInterval(watch)
      resolve(code ?? 1)
    })
  })
}

/** When npm started us, its end is ours, also one that it can't tell us of. There may be a shell between us. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return undefined
  const family = ancestors()
  return setInterval(() => {
    if (ancestors() !== family) strongroom.kill("SIGTERM")
  }, 1_000)
}

function ancestors() {
  try {
    const parent = readFileSync(`/proc/${process.ppid}/stat`, "utf8")
    const [, name, itsParent] = /\((.*)\) . (\d+) /.exec(parent)
    return name.startsWith("npm") ? `${process.ppid}` : `${process.ppid} ${itsParent}`
  } catch {
    return `${process.ppid}` // no /proc here, or the parent has just gone
  }
}
