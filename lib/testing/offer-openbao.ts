/** Runs once before all tests: offers one OpenBao for the whole run, and starts it when the first test asks. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import { type OpenBaoServer, startOpenBao } from "./servers.ts"

declare module "vitest" {
  interface ProvidedContext {
    openBao: { askHere: string }
  }
}

export default async function offerOpenBao(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<OpenBaoServer> | undefined
  const door = createServer((_request, response) => {
    started ??= startOpenBao()
    started.then(
      ({ address, rootToken }) => response.end(JSON.stringify({ address, rootToken })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, "127.0.0.1")
  await once(door, "listening")
  const { port } = door.address() as AddressInfo // it listens on a port, not on a socket
  project.provide("openBao", { askHere: `http://127.0.0.1:${port}` })
  return async () => {
    door.close()
    door.closeAllConnections()
    await (await started)?.stop()
  }
}
