// Makes what is made from the sources, where they changed: the database client and the console's bundle.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { install } from "./install.mjs"
import { oneAtATime } from "./one-at-a-time.mjs"
import { projectEnvironment, root, runTool } from "./project.mjs"
import { onlyIfChanged } from "./stamp.mjs"

const packages = ["package.json", "package-lock.json", "scripts/build.mjs"]

/** The Prisma client, which the API and all checks need. */
export async function generate() {
  const client = {
    inputs: [...packages, "prisma.config.ts", "prisma/schema.prisma"],
    output: "lib/db/generated/client.ts",
    stamp: "lib/db/generated/.stamp",
  }
  await onlyIfChanged(client, () => make("the database client", "prisma/build/index.js", ["generate"]))
}

/** The console's pages. */
export async function bundle() {
  const pages = {
    inputs: [
      ...packages,
      "app",
      "clients/sdk",
      "components",
      "lib/contract",
      "lib/env.ts",
      "lib/errors.ts",
      "lib/log.ts",
      "lib/secret.ts",
      "lib/web",
      "next.config.ts",
      "postcss.config.mjs",
      "proxy.ts",
      "tsconfig.json",
    ],
    output: ".next/BUILD_ID",
    stamp: ".next/.stamp",
  }
  await onlyIfChanged(pages, async () => {
    // Left by `next dev`: its types of pages that are gone fail the build.
    rmSync(join(root, ".next", "dev"), { recursive: true, force: true })
    await make("the console", "next/dist/bin/next", ["build"])
  })
}

async function make(what, tool, args) {
  console.log(`Building ${what}.`)
  for (let attempt = 1; ; attempt++) {
    const { code, printed } = await runTool(tool, args, { env: buildEnvironment(), output: "kept" })
    if (code === 0) return
    // Processes of a build that was broken off a moment ago may still be ending.
    if (printed.includes("Another next build process is already running") && attempt < 30) await pause(1_000)
    else throw new Error(`${printed}\nBuilding ${what} failed; the words of the builder are above.`)
  }
}

/** No setting of the operator's goes into a build, from the environment or from `.env`. */
function buildEnvironment() {
  const kept = ["HOME", "TMPDIR", "TZ", "LANG", "CI", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"]
  const environment = Object.fromEntries(kept.map((name) => [name, process.env[name]]))
  return {
    ...environment,
    PATH: projectEnvironment().PATH,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    __NEXT_PROCESSED_ENV: "true",
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await oneAtATime(async () => {
    await install()
    await generate()
    await bundle()
  })
}
