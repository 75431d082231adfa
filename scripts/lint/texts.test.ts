/** What may stand in no file of the repository, in code, documents or settings. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "./house.mjs"

const itself = "scripts/lint/texts.test.ts"

/** A name for each kind of text, what it looks like, and an example that must be found. */
const unwanted: [what: string, form: RegExp, example: string][] = [
  ["a path of one machine", /(?<![\w.$}-])\/(?:work|root)\//, "see /work/main"],
  ["a path in the folder that everyone shares: tmpdir() knows it", /["'`]\/tmp\//, 'import("/tmp/x.mjs")'],
  ["work that was put off", /\b(?:TODO|FIXME|XXX)\b/, "// TODO: later"],
  ["a test that runs alone", /\b(?:it|test|describe)(?:\.\w+)*\.only\(/, "it.only(1)"],
  ["a test that doesn't run", /\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|todo|fixme|skipIf|runIf)\b/, "test.skip(1)"],
  ["a test that doesn't run", /\b(?:xit|xtest|xdescribe|fdescribe)\(/, "xit(1)"],
  ["an unfinished merge", /^(?:<{7}|>{7}) /m, "<<<<<<< ours"],
]

/** Folders that .gitignore names are not the repository's. */
const ignored = readFileSync(join(root, ".gitignore"), "utf8")
  .split("\n")
  .filter((line) => line.endsWith("/"))

const files = filesOf("")

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`
    if (!entry.isDirectory()) return isText(path) ? [path] : []
    const isIgnored =
      entry.name === ".git" || ignored.some((name) => `${path}/`.endsWith(`/${name}`) || `${path}/` === name)
    return isIgnored ? [] : filesOf(`${path}/`)
  })
}

function isText(path: string): boolean {
  return (
    !/\.(?:png|jpg|ico|woff2?|wasm|gz|pdf|tsbuildinfo)$/.test(path) && ![itself, "package-lock.json"].includes(path)
  )
}

describe("the repository holds", () => {
  it.each(unwanted)("no %s: %s", (_, form) => {
    const found = files.flatMap((path) => {
      const lines = readFileSync(join(root, path), "utf8").split("\n")
      return lines.flatMap((line, index) => (form.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []))
    })
    expect(found).toEqual([])
  })

  it("no address of a package registry: everyone installs from their own", () => {
    const lock = readFileSync(join(root, "package-lock.json"), "utf8")
    expect(lock.match(/"resolved": *"https?:.*/g)).toBeNull()
    expect(readFileSync(join(root, ".npmrc"), "utf8")).not.toMatch(/registry=|_auth/)
  })

  it.each(unwanted)("no %s: %s, which would be found", (_, form, example) => {
    expect(example).toMatch(form)
  })

  it("more files than this one, and reads them", () => {
    expect(files).toContain("lib/secret.ts")
    expect(files).toContain("package.json")
    expect(files.filter((path) => path.includes("node_modules"))).toEqual([])
  })
})
