import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { pipeline } from "node:stream"
import { publicUrl, type TestApi } from "./running-api.ts"

/**
 * The running API at an address that `fetch` can reach, as behind a proxy of an operator's: it names the public address's
 * host to it.
 */
export async function beforeFront({ front }: Pick<TestApi, "front">): Promise<AsyncDisposable & { url: string }> {
  const proxy = createServer((asked, answer) => {
    const headers = { ...asked.headers, host: publicUrl.host }
    const onward = { port: front.port, host: "127.0.0.1", method: asked.method, path: asked.url, headers }
    const forwarded = request(onward, (answered) => {
      if (answer.destroyed) {
        answered.resume()
        return
      }
      answer.writeHead(answered.statusCode ?? 0, answered.headers)
      pipeline(answered, answer, () => undefined) // who broke off knows it
    })
    forwarded.on("error", () => answer.destroy())
    pipeline(asked, forwarded, () => undefined) // likewise
  })
  proxy.listen(0, "127.0.0.1")
  await once(proxy, "listening")
  const { port } = proxy.address() as AddressInfo // it listens on a port, not on a socket
  const stop = async (): Promise<void> => {
    proxy.closeAllConnections()
    proxy.close()
    await once(proxy, "close")
  }
  return { url: `http://127.0.0.1:${String(port)}`, [Symbol.asyncDispose]: stop }
}
