import { isIP } from "node:net"
import { AppError } from "../errors.ts"
import type { Door } from "./door.ts"

/** @throws AppError `misdirected` (421) when the request was meant for somebody else */
export type HostCheck = (host: string | undefined, door: Door) => void

/**
 * Accepts the host of `PUBLIC_URL` and no other: links, cookies and the Origin check rest on it, and a page of another
 * site can't reach us by pointing its own name at our address (DNS rebinding).
 *
 * A probe knows a process by its IP address, so `/health` and `/metrics` also accept an IP address or `localhost`.
 * That is safe from rebinding, which needs a name that its owner can point somewhere else.
 */
export function hostCheck(publicUrl: URL): HostCheck {
  const ours = new Set([publicUrl.host, `${publicUrl.hostname}:${publicUrl.port || defaultPort(publicUrl)}`])
  return (host = "", door) => {
    if (ours.has(host) || ours.has(host.toLowerCase())) return
    if (door === "probe" && isAddress(host)) return
    throw new AppError(
      "misdirected",
      `This is ${publicUrl.origin}, and the request names another host. Use that address; behind a proxy, let it pass the Host header on; to serve another address, set PUBLIC_URL.`,
    )
  }
}

function defaultPort(url: URL): string {
  return url.protocol === "https:" ? "443" : "80"
}

function isAddress(host: string): boolean {
  const name = /^(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<plain>[^:]+))(?::\d{1,5})?$/.exec(host)?.groups
  const address = name?.bracketed ?? name?.plain ?? ""
  return address === "localhost" || isIP(address) !== 0
}
