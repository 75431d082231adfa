import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../lib/testing/temporary-folder.ts"
import { oneAtATime } from "./one-at-a-time.mjs"

describe("oneAtATime", () => {
  it("lets no two work at once", async () => {
    using folder = temporaryFolder()
    const lock = join(folder.path, "lock")
    let working = 0
    let most = 0
    const work = async (): Promise<void> => {
      working++
      most = Math.max(most, working)
      await new Promise((resolve) => setImmediate(resolve))
      working--
    }
    await Promise.all([1, 2, 3].map(() => oneAtATime(work, { lock })))
    expect(most).toBe(1)
  })

  it("gives the lock back when the work fails", async () => {
    using folder = temporaryFolder()
    const lock = join(folder.path, "lock")
    const failing = oneAtATime(() => Promise.reject(new Error("failed")), { lock })
    await expect(failing).rejects.toThrow("failed")
    expect(await oneAtATime(async () => "done", { lock })).toBe("done")
  })

  it.each([
    ["is gone", "999999999 1"],
    ["had the number of a process that runs now", `${process.pid} 1`],
    ["left nothing in it", ""],
  ])("takes over from a holder that %s", async (_, holder) => {
    using folder = temporaryFolder()
    const lock = join(folder.path, "lock")
    writeFileSync(lock, holder)
    expect(await oneAtATime(async () => "done", { lock })).toBe("done")
  })

  it("stops waiting when it is told to", async () => {
    using folder = temporaryFolder()
    const lock = join(folder.path, "lock")
    const told = new AbortController()
    await oneAtATime(
      async () => {
        const waiting = oneAtATime(async () => "done", { lock, signal: told.signal })
        told.abort()
        await expect(waiting).rejects.toThrow()
      },
      { lock },
    )
  })
})
