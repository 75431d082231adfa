// The browser of the end-to-end tests: the machine's own, or installed where that is allowed.
import { existsSync } from "node:fs"
import { run } from "./project.mjs"

const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]

/** The path of a Chromium of this machine, or undefined. */
export function findChromium() {
  return places.find((path) => path !== undefined && existsSync(path))
}

/** Installs Chromium with apt-get as root, and answers its path. Throws what to do where that can't be done. */
export async function installChromium() {
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log("Installing Chromium for the browser tests.")
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
    await run("apt-get", ["update"], { env, output: "kept" })
    await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { env, output: "kept" })
  }
  const found = findChromium()
  if (found === undefined) {
    throw new Error("The browser tests need Chromium. Install it, or name its program in the variable CHROMIUM.")
  }
  return found
}
