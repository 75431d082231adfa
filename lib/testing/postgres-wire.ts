/**
 * A wire between the product and its Postgres that can be cut, go dead or become slow.
 *
 *     await using wire = await postgresWire(place.appUrl)
 *     …the product, at wire.url…
 *     wire.become("cut")
 */
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { throughPort } from "./cutting-proxy.ts"

/** Cut: connections end, and new ones too. Dead: they stay, and nothing comes through. */
export type WireState = "open" | "cut" | "dead" | { delayMs: number }

export interface PostgresWire extends AsyncDisposable {
  /** What the product is told instead of the database's address. */
  readonly url: string
  become(state: WireState): void
}

export async function postgresWire(databaseUrl: string): Promise<PostgresWire> {
  const path = join(new URL(databaseUrl).searchParams.get("host") ?? "", ".s.PGSQL.5432")
  const sockets = new Set<Socket>()
  let state: WireState = "open"
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const pass = (to: Socket, bytes: Buffer): void => {
    if (state === "open") to.write(bytes)
    else if (typeof state === "object") setTimeout(() => to.write(bytes), state.delayMs)
  }
  const server = createServer((client) => {
    const upstream = connect(path)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on("data", (bytes: Buffer) => pass(to, bytes))
      from.on("error", () => to.destroy())
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    if (state === "cut") cutAll()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: throughPort(databaseUrl, (server.address() as AddressInfo).port), // it listens on a port
    become: (wanted) => {
      // What went into a dead wire is lost, so its connections can't go on.
      if (wanted === "cut" || state === "dead") cutAll()
      state = wanted
    },
    [Symbol.asyncDispose]: async () => {
      cutAll()
      server.close()
      await once(server, "close")
    },
  }
}
