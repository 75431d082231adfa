import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { keepPrivateFile, readPrivateFile } from "./private-file.ts"

describe("a private file", () => {
  it("is made once, readable by its owner alone, and kept", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "kek")
    expect(keepPrivateFile(path, () => "first")).toEqual({ text: "first", made: true })
    expect(keepPrivateFile(path, () => "second")).toEqual({ text: "first", made: false })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(temporary.path)).toEqual(["kek"])
  })

  it("is the winner's when several make it at once", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "kek")
    const { text, made } = keepPrivateFile(path, () => {
      writeFileSync(path, "the winner's", { mode: 0o600 })
      return "the loser's"
    })
    expect({ text, made }).toEqual({ text: "the winner's", made: false })
  })

  it("is absent, and no error, when there is none", () => {
    using temporary = temporaryFolder()
    expect(readPrivateFile(join(temporary.path, "kek"))).toBeUndefined()
  })

  it("is refused when it is a link, and nothing is made at the link's end", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "kek")
    const target = join(temporary.path, "target")
    symlinkSync(target, path)
    expect(() => keepPrivateFile(path, () => "key")).toThrow(/is a link/)
    expect(() => readFileSync(target)).toThrow(/ENOENT/)
  })

  it.each([0o640, 0o604, 0o644])("is refused with mode %o", (mode) => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "kek")
    writeFileSync(path, "key")
    chmodSync(path, mode)
    expect(() => readPrivateFile(path)).toThrow(`${path} can be read by others. Run: chmod 600 '${path}'`)
  })

  it("is refused when it is a folder", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "kek")
    mkdirSync(path)
    expect(() => readPrivateFile(path)).toThrow(/is not a regular file/)
  })
})
