/** Where a request goes, read from its URL once: what is checked is what is connected to. */
import { type Address, parseAddress } from "./address.ts"
import { EgressError } from "./egress-error.ts"

export interface Target {
  secure: boolean
  /** As the URL parser wrote it: lower case, punycode, IPv4 in dots, IPv6 without brackets. */
  host: string
  /** Set where the host is an address already. */
  address: Address | undefined
  port: number
  /** Of the Host header, and how messages name it: `vault.example.com:8200`. */
  authority: string
  pathAndQuery: string
}

/** @throws EgressError `bad_url` */
export function targetOf(url: URL): Target {
  const { protocol, hostname, port, host, username, password, pathname, search, href } = url
  if (protocol !== "http:" && protocol !== "https:") throw bad("An address begins with https:// or http://.")
  if (username !== "" || password !== "") throw bad("An address can't hold a user name or a password.")
  if (href.includes("#")) throw bad("An address can't hold a fragment (#).")
  if (hostname.endsWith(".")) throw bad("Write the address's host without a dot at its end.")
  if (hostname.length > 253) throw bad("The address's host is longer than a name can be.")
  const secure = protocol === "https:"
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname
  return {
    secure,
    host: bare,
    address: parseAddress(bare),
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    authority: host,
    pathAndQuery: `${pathname}${search}`,
  }
}

function bad(message: string): EgressError {
  return new EgressError("bad_url", message)
}
