/** Opens a connection to an address that was checked: to exactly that address, and straight, without any proxy. */
import { connect as connectTcp, type Socket } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"
import type { Address } from "./address.ts"
import { codeOf, EgressError } from "./egress-error.ts"
import type { Target } from "./target.ts"
import { describeTlsFailure } from "./tls-failure.ts"

/** While another address is left to try, one may take this long. */
const attemptMs = 2_000
/** Names with more addresses are tried at the first ones. */
const maximumAttempts = 4

/**
 * @param addresses were all admitted for this target
 * @param ca PEM text; trusted instead of the system's authorities
 * @throws EgressError `refused`, `reset`, `tls`, `timeout`, or the reason that `givingUp` was aborted with
 */
export async function connectTo(
  target: Target,
  addresses: readonly Address[],
  ca: string | undefined,
  givingUp: AbortSignal,
): Promise<Socket> {
  const socket = await reach(target, addresses.slice(0, maximumAttempts), givingUp)
  if (!target.secure) return socket
  try {
    return await secured(socket, target, ca, givingUp)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function reach(target: Target, addresses: readonly Address[], givingUp: AbortSignal): Promise<Socket> {
  const [address, ...others] = addresses
  if (address === undefined) throw new TypeError("There was no address to connect to")
  try {
    const limit = others.length === 0 ? givingUp : AbortSignal.any([givingUp, AbortSignal.timeout(attemptMs)])
    return await reachOne(target, address, limit)
  } catch (error) {
    if (others.length === 0 || givingUp.aborted) throw error
    return reach(target, others, givingUp)
  }
}

/** The host of the connection is the address itself: there is nothing left to look up. */
function reachOne(target: Target, address: Address, limit: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host: address.text, port: target.port, family: address.family, autoSelectFamily: false })
  socket.setNoDelay(true)
  return settled(socket, "connect", limit, (error) => unreachable(target, error))
}

function secured(tcp: Socket, target: Target, ca: string | undefined, givingUp: AbortSignal): Promise<TLSSocket> {
  const socket = connectTls({
    socket: tcp,
    host: target.host,
    // A server is told the name, never an address (RFC 6066); the certificate is checked for either.
    ...(target.address === undefined ? { servername: target.host } : {}),
    // With an authority of its own, a place is trusted by that alone. It may be an intermediate one, as with Vault's CLI.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
  })
  return settled(socket, "secureConnect", givingUp, (error) => describeTlsFailure(target, error))
}

/** Resolves at the event; else the socket is destroyed, and no error of it is left without a listener. */
function settled<Kind extends Socket>(
  socket: Kind,
  event: "connect" | "secureConnect",
  limit: AbortSignal,
  describe: (error: unknown) => EgressError,
): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      limit.removeEventListener("abort", giveUp)
      socket.destroy()
      reject(error instanceof EgressError ? error : describe(error))
    }
    const giveUp = (): void => fail(limit.reason)
    const close = (): void => fail(undefined)
    socket.on("error", fail)
    socket.once("close", close)
    socket.once(event, () => {
      limit.removeEventListener("abort", giveUp)
      socket.off("error", fail)
      socket.off("close", close)
      resolve(socket)
    })
    if (limit.aborted) giveUp()
    else limit.addEventListener("abort", giveUp)
  })
}

function unreachable({ authority }: Target, error: unknown): EgressError {
  const code = codeOf(error)
  if (code === "ECONNRESET" || code === "EPIPE") {
    return new EgressError("reset", `"${authority}" ended the connection at once.`, { code })
  }
  if (code === "ETIMEDOUT" || (error instanceof DOMException && error.name === "TimeoutError")) {
    return new EgressError("timeout", `"${authority}" didn't answer in time.`, { code })
  }
  return new EgressError("refused", `Nothing takes connections at "${authority}". Is it running there?`, { code })
}
