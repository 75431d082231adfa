// `npm run build:clients`: the packages `strongroom` (the command line) and `@strongroom/sdk`, as npm publishes them:
// plain JavaScript for Node 20 and newer, in one piece each, and the SDK's types.
import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { build } from "vite"
import { root } from "./project.mjs"
import { writeSdkTypes } from "./sdk-types.mjs"
import { makeSingleFile } from "./single-file.mjs"

/**
 * Builds the command line into a folder. Each command is a file of its own, so a call loads what it needs. CommonJS,
 * since an `import` of node:http alone costs forty milliseconds: it reads every export, and one of them loads undici.
 */
export async function buildCli(folder) {
  await bundle(
    folder,
    { strongroom: "clients/cli/main.ts" },
    { minify: true, format: "cjs", banner: "#!/usr/bin/env node" },
  )
  await chmod(join(folder, "strongroom.cjs"), 0o755)
}

/** Builds the command line into one script, `strongroom.cjs`. */
export async function bundleForOneFile(folder) {
  await bundle(folder, { strongroom: "clients/cli/main.ts" }, { minify: true, format: "cjs", codeSplitting: false })
}

/** Builds the command line as one program, which needs no Node. Answers its path. */
export async function buildSingleFile(folder) {
  await bundleForOneFile(folder)
  const script = join(folder, "strongroom.cjs")
  const program = await makeSingleFile(script, folder)
  await rm(script)
  return program
}

/** Builds the SDK into a folder: one module that imports nothing, and its types. */
async function buildSdk(folder) {
  await bundle(folder, { index: "clients/sdk/index.ts" }, { minify: false, format: "es" })
  writeSdkTypes(folder)
}

async function bundle(folder, input, { minify, ...output }) {
  const ending = output.format === "cjs" ? "cjs" : "js"
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
      minify,
      copyPublicDir: false,
      rolldownOptions: {
        input,
        output: { ...output, entryFileNames: `[name].${ending}`, chunkFileNames: `[name]-[hash].${ending}` },
      },
    },
  })
}

/** Makes a folder that can be packed: what is published of a client, and nothing else. */
export async function stageClient(client, folder) {
  const build = { cli: buildCli, sdk: buildSdk }[client]
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await build(join(folder, "dist"))
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  for (const file of ["package.json", "README.md"]) await cp(join(root, "clients", client, file), join(folder, file))
}

if (import.meta.filename === process.argv[1]) {
  if (process.argv.includes("--single-file")) {
    console.log(`One program: ${await buildSingleFile(join(root, ".cache/clients/single-file"))}`)
  }
  for (const client of ["cli", "sdk"]) {
    const folder = join(root, ".cache/clients", client)
    await stageClient(client, folder)
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
    console.log(`${name} ${version} is in ${folder}. Publish it from there: npm publish.`)
  }
}
