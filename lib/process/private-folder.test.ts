import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { checkPrivateFolder, ownUserId, preparePrivateFolder, socketFolderOf } from "./private-folder.ts"

describe("a private folder", () => {
  it("is made closed to others, and accepted when it is met again", () => {
    using temporary = temporaryFolder()
    const path = preparePrivateFolder(join(temporary.path, "sockets"))
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(preparePrivateFolder(path)).toBe(path)
  })

  it("is refused when it is a link, even to a folder that would do", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "sockets")
    mkdirSync(join(temporary.path, "elsewhere"), { mode: 0o700 })
    symlinkSync(join(temporary.path, "elsewhere"), path)
    expect(() => preparePrivateFolder(path)).toThrow(`${path} is a link, so it is not used.`)
  })

  it.each([0o755, 0o710, 0o701, 0o770, 0o777])("is refused with mode %o", (mode) => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "sockets")
    mkdirSync(path)
    chmodSync(path, mode)
    expect(() => preparePrivateFolder(path)).toThrow(/is open to others/)
  })

  it("is refused when it is a file", () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "sockets")
    writeFileSync(path, "")
    expect(() => preparePrivateFolder(path)).toThrow(/is not a folder/)
  })

  it("is refused when it belongs to someone else", () => {
    using temporary = temporaryFolder()
    const other = ownUserId() + 1
    expect(() => checkPrivateFolder(temporary.path, other)).toThrow(/belongs to another user/)
  })
})

describe("the folder of the sockets", () => {
  it("is the same for one data folder by every way to it, and another for another", () => {
    using temporary = temporaryFolder()
    const [data, other, link] = ["data", "other", "link"].map((name) => join(temporary.path, name)) as [
      string,
      string,
      string,
    ]
    mkdirSync(data)
    mkdirSync(other)
    symlinkSync(data, link)
    expect(socketFolderOf(link, "parts")).toBe(socketFolderOf(data, "parts"))
    expect(socketFolderOf(other, "parts")).not.toBe(socketFolderOf(data, "parts"))
  })

  it("leaves room for a socket's name within the hundred bytes of a path", () => {
    using temporary = temporaryFolder()
    const deep = join(temporary.path, "a-long-name".repeat(15))
    mkdirSync(deep)
    expect(Buffer.byteLength(join(socketFolderOf(deep, "postgres"), ".s.PGSQL.5432.lock"))).toBeLessThan(100)
  })
})
