/** Agents whose connections are all made by us, and kept for the next request of the same kind. */
import { Agent, type ClientRequestArgs } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ConnectionOptions } from "./exchange.ts"

/** Shorter than any server that we know of lets a silent connection live, so that it doesn't end under a request. */
const idleMs = 4_000
const idleConnections = 8

export type Connect = (givingUp: AbortSignal) => Promise<Socket>

/** An agent for one origin and one CA. It knows of no proxy: `connect` alone opens its connections. */
export class PinnedAgent extends Agent {
  /** Node compares it with the request's. */
  readonly protocol: "http:" | "https:"
  readonly #connect: Connect

  constructor(secure: boolean, keepAlive: boolean, connect: Connect) {
    super({ keepAlive, timeout: idleMs, maxFreeSockets: idleConnections, scheduling: "lifo" })
    this.protocol = secure ? "https:" : "http:"
    this.#connect = connect
  }

  override createConnection(
    options: ClientRequestArgs,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { givingUp } = options as ConnectionOptions // every request of ours is made in exchange.ts
    const refuse = done as ((error: unknown) => void) | undefined // with an error comes no socket
    this.#connect(givingUp).then(
      (socket) => done?.(null, socket),
      (error: unknown) => refuse?.(error),
    )
  }

  get isEmpty(): boolean {
    return [this.sockets, this.freeSockets, this.requests].every((all) => Object.keys(all).length === 0)
  }
}
