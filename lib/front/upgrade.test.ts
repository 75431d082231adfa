import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { publicUrl, runningFront } from "../testing/running-front.ts"

/** A console that takes an upgrade and says so. */
async function aHotConsole(): Promise<{ socketPath: string; seen: string[] } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "hot-"))
  const socketPath = join(folder, "console.sock")
  const seen: string[] = []
  const server: Server = createServer().on("upgrade", (request, socket) => {
    seen.push(request.url ?? "")
    socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhot")
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const stop = async (): Promise<void> => {
    server.close()
    await rm(folder, { recursive: true })
  }
  return { socketPath, seen, [Symbol.asyncDispose]: stop }
}

const upgrade = (path: string, host: string, origin: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
const hotReload = upgrade("/_next/webpack-hmr?id=1", publicUrl.host, publicUrl.origin)

it("lets hot reload through in development", async () => {
  await using console = await aHotConsole()
  await using front = await runningFront({ development: true, console })
  expect(await front.send(hotReload)).toMatch(/^HTTP\/1\.1 101 [^]*hot$/)
})

it("lets no other upgrade through, whatever asks for it", async () => {
  await using console = await aHotConsole()
  await using front = await runningFront({ development: true, console })
  const others = [
    upgrade("/", publicUrl.host, publicUrl.origin),
    upgrade("/api/v1/me", publicUrl.host, publicUrl.origin),
    upgrade("/_next/webpack-hmr", "evil.test", publicUrl.origin),
    upgrade("/_next/webpack-hmr", publicUrl.host, "http://evil.test"),
  ]
  for (const text of others) expect(await front.send(text)).toMatch(/^HTTP\/1\.1 400 /)
  expect(console.seen).toEqual([])
})

it("switches no protocol outside development", async () => {
  await using console = await aHotConsole()
  await using front = await runningFront({ console })
  expect(await front.send(hotReload)).toMatch(/^HTTP\/1\.1 400 /)
  expect(console.seen).toEqual([])
})
