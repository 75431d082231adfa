import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../lib/testing/temporary-folder.ts"
import { onlyIfChanged } from "./stamp.mjs"

/** A folder with a source and something that is made of it. */
function aProject() {
  const folder = temporaryFolder()
  const write = (path: string, text: string): void => writeFileSync(join(folder.path, path), text)
  mkdirSync(join(folder.path, "app"))
  write("app/page.tsx", "one")
  const what = { inputs: ["app", "missing.json"], output: "made", stamp: "made.stamp", folder: folder.path }
  const make = (): Promise<boolean> => onlyIfChanged(what, async () => write("made", "it"))
  const remove = (path: string): void => rmSync(join(folder.path, path))
  const fail = (): Promise<boolean> =>
    onlyIfChanged(what, async () => {
      write("made", "half")
      throw new Error("broken off")
    })
  return { write, make, remove, fail, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

describe("onlyIfChanged", () => {
  it("makes once what stays as it is", async () => {
    using project = aProject()
    expect(await project.make()).toBe(true)
    expect(await project.make()).toBe(false)
  })

  it.each([
    ["an input changed", "app/page.tsx", "two"],
    ["an input came", "app/layout.tsx", ""],
    ["an input that was missing came", "missing.json", "{}"],
  ])("makes again when %s", async (_, path, text) => {
    using project = aProject()
    await project.make()
    project.write(path, text)
    expect(await project.make()).toBe(true)
  })

  it("makes again when an input went, or what was made", async () => {
    using project = aProject()
    project.write("app/layout.tsx", "")
    await project.make()
    project.remove("app/layout.tsx")
    expect(await project.make()).toBe(true)
    project.remove("made")
    expect(await project.make()).toBe(true)
  })

  it("makes again when the last time was broken off", async () => {
    using project = aProject()
    await project.make()
    project.write("app/page.tsx", "two")
    await expect(project.fail()).rejects.toThrow("broken off")
    project.write("app/page.tsx", "one")
    expect(await project.make()).toBe(true)
  })

  it("does not look at tests", async () => {
    using project = aProject()
    await project.make()
    project.write("app/page.test.tsx", "")
    expect(await project.make()).toBe(false)
  })
})
