/**
 * Stands between a pool and Postgres, and cuts connections at a commit: before Postgres got to know of it, or before its
 * answer came back.
 *
 *     await using proxy = await cuttingProxy(temporary.appUrl)
 *     proxy.cutAtCommit("after", "write-whole")
 *     …the product, at proxy.url…
 */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"

export interface CuttingProxy extends AsyncDisposable {
  /** What the product is told instead of the database's address. */
  readonly url: string
  /** Cuts the next connection that commits what a prepared statement of this name did, before or after Postgres did so. */
  cutAtCommit(when: "before" | "after", statement: string, andThen?: "and close"): void
  /** Lets connections through again, after one that was cut "and close". */
  open(): void
  /** How many connections were cut at a commit. */
  readonly cuts: number
}

export async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const path = join(new URL(databaseUrl).searchParams.get("host") ?? "", ".s.PGSQL.5432")
  const sockets = new Set<Socket>()
  let plan: { when: "before" | "after"; statement: string; closes: boolean } | undefined
  let isClosed = false
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(path)
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", cut).on("close", () => {
        sockets.delete(socket)
        cut()
      })
    }
    if (isClosed) cut()
    let isMute = false
    const others = (): Socket[] => [...sockets].filter((socket) => socket !== client && socket !== upstream)
    let hasStatement = false
    client.on("data", (chunk) => {
      if (plan !== undefined && chunk.includes(plan.statement)) hasStatement = true
      if (plan !== undefined && hasStatement && chunk.includes("COMMIT")) {
        const { when, closes } = plan
        plan = undefined
        cuts += 1
        isClosed = closes
        if (closes) for (const socket of others()) socket.destroy()
        if (when === "before") {
          cut()
          return
        }
        isMute = true
      }
      upstream.write(chunk)
    })
    upstream.on("data", (chunk) => {
      if (!isMute) client.write(chunk)
      else if (chunk.includes("COMMIT\0")) cut()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    url: throughPort(databaseUrl, port),
    cutAtCommit: (when, statement, andThen) => {
      plan = { when, statement, closes: andThen === "and close" }
    },
    open: () => {
      isClosed = false
    },
    get cuts() {
      return cuts
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

/** The same login by way of a port of this machine. */
export function throughPort(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl)
  url.search = ""
  url.hostname = "127.0.0.1"
  url.port = String(port)
  return url.href
}
