// `npm run build:clients`: the packages `strongroom` (the command line) and `@strongroom/sdk`, as npm publishes them:
// plain JavaScript for Node 20 and newer, in one piece each, and the SDK's types.
import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { build } from "vite"
import { root } from "./project.mjs"

/** Builds the command line into a folder. Each command is a file of its own, so a call loads what it needs. */
export async function buildCli(folder) {
  await bundle(folder, { strongroom: "clients/cli/main.ts" }, { banner: "#!/usr/bin/env node" })
  await chmod(join(folder, "strongroom.js"), 0o755)
}

async function bundle(folder, input, output) {
  await rm(folder, { recursive: true, force: true })
  await build({
    configFile: false,
    root,
    logLevel: "error",
    // All that it needs is in it: an installed package brings no other one along.
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      target: "node20",
      minify: true,
      copyPublicDir: false,
      rolldownOptions: {
        input,
        output: { ...output, entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  })
}

/** A folder that can be packed: what is published, and nothing else. */
export async function stage(client, folder, bundleInto) {
  const from = join(root, "clients", client)
  await mkdir(folder, { recursive: true })
  await bundleInto(join(folder, "dist"))
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  for (const file of ["package.json", "README.md"]) await cp(join(from, file), join(folder, file))
}

if (import.meta.filename === process.argv[1]) {
  await stage("cli", join(root, ".cache/clients/cli"), buildCli)
  const { version } = JSON.parse(await readFile(join(root, "clients/cli/package.json"), "utf8"))
  console.log(`Built strongroom ${version} in .cache/clients.`)
}
