// Whether something is still what was made of its inputs: a hash of them is kept beside it.
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "./project.mjs"

/**
 * Runs `make` unless `stamp` says that its `inputs` (files, and folders with all that is in them) are as they were when
 * it last succeeded, and `output` is still there. Answers whether it ran.
 */
export async function onlyIfChanged({ inputs, output, stamp, folder = root }, make) {
  const now = hashOf(folder, inputs)
  const file = join(folder, stamp)
  if (existsSync(join(folder, output)) && existsSync(file) && readFileSync(file, "utf8") === now) return false
  rmSync(file, { force: true }) // a make that is broken off leaves no stamp
  await make()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, now)
  return true
}

function hashOf(folder, inputs) {
  const hash = createHash("sha256")
  for (const path of inputs.flatMap((input) => filesIn(folder, input))) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(folder, path)))
      .update("\0")
  }
  return hash.digest("hex")
}

function filesIn(folder, path) {
  const found = statSync(join(folder, path), { throwIfNoEntry: false })
  if (found === undefined) return []
  if (found.isFile()) return [path]
  const names = readdirSync(join(folder, path)).filter((name) => !/\.test\.tsx?$|^\.stamp$|^generated$/.test(name))
  return names.sort().flatMap((name) => filesIn(folder, `${path}/${name}`))
}
