import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { takeLock } from "./exclusive-lock.ts"

/** A process of its own that takes the lock and keeps it until it is killed. */
async function aHolder(lock: string): Promise<{ pid: number; kill: () => Promise<void> }> {
  const module = JSON.stringify(join(import.meta.dirname, "exclusive-lock.ts"))
  const program = `const { takeLock } = await import(${module})
    await takeLock(${JSON.stringify(lock)})
    console.log("held")
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  await once(child.stdout, "data")
  const kill = async (): Promise<void> => {
    const gone = once(child, "close")
    child.kill("SIGKILL")
    await gone
  }
  return { pid: child.pid!, kill }
}

describe("an exclusive lock", () => {
  it("has one holder, and the next one when it is given back", async () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "lock")
    const first = await takeLock(path)
    await expect(takeLock(path)).rejects.toMatchObject({ holder: process.pid })
    const second = takeLock(path, { waitMs: 10_000 })
    first.release()
    using _ = await second
    await expect(takeLock(path)).rejects.toThrow("is held by")
  })

  it("says which process holds it, and ends with that process, however it ends", async () => {
    using temporary = temporaryFolder()
    const path = join(temporary.path, "lock")
    const holder = await aHolder(path)
    await expect(takeLock(path)).rejects.toMatchObject({ holder: holder.pid })
    await holder.kill()
    using _ = await takeLock(path)
  })
})
