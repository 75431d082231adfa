import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openBaoClient } from "../lib/testing/openbao-client.ts"
import { freePort } from "../lib/testing/servers.ts"
import { temporaryFolder } from "../lib/testing/temporary-folder.ts"
import { rootToken, startDevVault, stopDevVault } from "./dev-vault.mjs"

describe("the dev server", () => {
  it("is started once, with transit, and is stopped", async () => {
    using folder = temporaryFolder()
    const address = `http://127.0.0.1:${await freePort()}`
    const place = { address, folder: join(folder.path, "dev-vault") }
    const root = openBaoClient({ address, token: rootToken })
    const [one, two] = await Promise.all([startDevVault(place), startDevVault(place)])
    expect([one, two].filter((program) => program !== undefined)).toHaveLength(1)
    expect(await root.mounts()).toMatchObject({ "transit/": { type: "transit" }, "secret/": { type: "kv" } })
    expect(await stopDevVault(place)).toBe(true)
    expect(await root.answers()).toBe(false)
    expect(await stopDevVault(place)).toBe(false)
  })

  it("leaves alone what isn't ours", async () => {
    using folder = temporaryFolder()
    const other = createServer((_request, response) => response.writeHead(403).end()).listen(0, "127.0.0.1")
    await once(other, "listening")
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const place = { address, folder: folder.path }
    await expect(startDevVault(place)).rejects.toThrow(`Something else answers at ${address}`)
    // A number that was written down and is another process's now.
    writeFileSync(join(folder.path, "server.pid"), `${process.pid} 1`)
    expect(await stopDevVault(place)).toBe(false)
    other.close()
  })
})
