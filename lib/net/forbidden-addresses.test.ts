/** Ways to spell what is closed, and names that lead there: none makes a connection. A spy on every socket proves it. */
import { Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { anAnswer, aRawServer, type RawServer } from "../testing/raw-server.ts"
import { type Egress, type EgressRequest, openEgress } from "./egress.ts"
import { parseEgressAllow } from "./egress-allow.ts"
import { EgressError } from "./egress-error.ts"
import type { EgressRules } from "./egress-rules.ts"

const closed: EgressRules = { allow: [], own: [], loopback: false }

/** Hosts that connections were begun to. The addresses of the internet among them are refused by the spy itself. */
let connectedTo: string[] = []
let listener: RawServer

beforeEach(async () => {
  listener = await aRawServer(anAnswer("reached"))
  connectedTo = []
  const connect = Socket.prototype.connect
  vi.spyOn(Socket.prototype, "connect").mockImplementation(function (this: Socket, ...args: unknown[]) {
    const [{ host = "" } = {}] = args.flat() as { host?: string }[]
    connectedTo.push(host)
    if (host !== onTheInternet) return Reflect.apply(connect, this, args) as Socket
    return this.destroy(Object.assign(new Error("refused by the test"), { code: "ECONNREFUSED" }))
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await listener[Symbol.asyncDispose]()
})

const onTheInternet = "93.184.215.14"

function ask(url: URL): EgressRequest {
  return { method: "GET", url, headers: { "x-vault-token": "token" }, timeoutMs: 5_000, maxResponseBytes: 1_000 }
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return "reached"
  } catch (error) {
    if (error instanceof EgressError) return error.reason
    throw error
  }
}

/** Names that a resolver would lead to closed addresses, were it asked. */
const leadingInside: Record<string, string[]> = {
  localhost: ["127.0.0.1", "::1"],
  "localhost.localdomain": ["127.0.0.1"],
  "127.0.0.1.nip.io": ["127.0.0.1"],
  "inside.example": ["10.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "mixed.example": [onTheInternet, "10.0.0.1"],
  "mixed-last.example": [onTheInternet, onTheInternet, "::1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "zone.example": ["fe80::1%lo"],
  "zoned-loopback.example": ["::1%lo"],
  "nat64.example": ["64:ff9b::7f00:1"],
  "odd.example": ["0x7f.1"],
  "empty.example": [""],
  "nothing.example": [],
  "xn--bcher-kva.example": ["127.0.0.1"],
}

async function lookup(hostname: string): Promise<{ address: string; family: number }[]> {
  const addresses = leadingInside[hostname]
  if (addresses === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" })
  return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
}

const closed4 = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
]
const closed6 = [
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:0:127.0.0.1",
  "::ffff:169.254.169.254",
  "::169.254.169.254",
  "64:ff9b::127.0.0.1",
  "64:ff9b::169.254.169.254",
  "64:ff9b:1::127.0.0.1",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:db8::1",
  "3fff::1",
  "100::1",
  "fc00::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::1",
  "fe80::a9fe:a9fe",
  "fec0::1",
  "ff02::1",
]
const neverOpen4 = closed4.filter((address) => !/^(10\.|172\.|192\.168|100\.64|127\.)/.test(address))
const neverOpen6 = closed6.filter((address) => !["::1", "fc00::1"].includes(address))

/** The ways in which URL parsers and resolvers take one IPv4 address. */
function spellings4(address: string): string[] {
  const parts = address.split(".").map(Number) as [number, number, number, number]
  const [a, b, c, d] = parts
  const number = ((a * 256 + b) * 256 + c) * 256 + d
  const octal = (part: number): string => `0${part.toString(8)}`
  const hex = (part: number): string => `0x${part.toString(16)}`
  return [
    address,
    `${address}.`,
    String(number),
    hex(number),
    hex(number).toUpperCase().replace("0X", "0X"),
    octal(number),
    parts.map(octal).join("."),
    parts.map(hex).join("."),
    parts.map((part) => `0x000${part.toString(16)}`).join("."),
    parts.map((part) => `000${part.toString(8)}`).join("."),
    [hex(a), octal(b), c, d].join("."),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${hex(a)}.${hex((b * 256 + c) * 256 + d)}`,
    address.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))), // full-width
    address.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1)), // circled
    address.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))), // mathematical bold
    address.replaceAll(".", "\u3002"), // ideographic full stop
    address.replaceAll(".", "\uff0e"),
    address.replaceAll(".", "\uff61"),
    address.replaceAll(".", "%2e"),
    address.replace(/[0-9]/g, (digit) => `%3${digit}`),
    address.replace(".", "\u00ad."), // soft hyphen
    address.replace(".", "\u200b."), // zero width space
    address.replace(".", "\t."),
    address.replace(".", "\n."),
  ]
}

function spellings6(address: string): string[] {
  const full = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left = [], right] = full.split("::").map((part) => part.split(":").filter((group) => group !== ""))
  const zeros = new Array<string>(right === undefined ? 0 : 8 - left.length - right.length).fill("0")
  const groups = [...left, ...zeros, ...(right ?? [])]
  const padded = groups.map((group) => group.padStart(4, "0"))
  const last4 = padded
    .slice(6)
    .join("")
    .match(/../g)!
    .map((pair) => Number.parseInt(pair, 16))
  return [
    address,
    full.toUpperCase(),
    groups.join(":"),
    padded.join(":"),
    `${padded.slice(0, 6).join(":")}:${last4.join(".")}`,
    `${full}%25lo`,
    `${full}%lo`,
    `${full}%1`,
  ].map((text) => `[${text}]`)
}

const byHand = [
  ...Object.keys(leadingInside),
  "LOCALHOST",
  "LocalHost",
  "localhost.",
  "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
  "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
  "lo%63alhost",
  "b\u00fccher.example",
  "metadata.google.internal",
  "METADATA.google.internal",
  "metadata.google.internal.",
  "metadata",
  "instance-data",
  "127.0.0.1.",
  "127.0.0.1..",
  "127..0.1",
  "127.1",
  "127.0.1",
  "0",
  "0x0",
  "00",
  "1.0.0.127.in-addr.arpa",
  "[::ffff:7f00:1]",
  "[::ffff:7f00:0001]",
  "[0:0:0:0:0:ffff:127.0.0.1]",
  "[::FFFF:127.0.0.1]",
  "[::%31]",
  "127.0.0.1%00.example.com",
  "127.0.0.1%0d%0a",
  "user@127.0.0.1",
  "user:password@127.0.0.1",
  "example.com@127.0.0.1",
  "example.com:80@127.0.0.1",
  "example.com%40127.0.0.1",
  "127.0.0.1@example.com",
  ":@127.0.0.1",
  "-127.0.0.1",
  "127.0.0.1-",
  "0x7f.0.0.0x1",
  "0x7f000001.",
  "4294967296",
  "017700000001.",
]

const wholeAddresses = [
  "http:127.0.0.1:%port",
  "http:/127.0.0.1:%port",
  "http:///127.0.0.1:%port",
  "http:\\\\127.0.0.1:%port\\",
  "http:/\\127.0.0.1:%port",
  "\u0000http://127.0.0.1:%port/",
  " http://127.0.0.1:%port/",
  "ht\ntp://127.0.0.1:%port/",
  "HTTP://127.0.0.1:%port/",
  "hTTps://127.0.0.1:%port/",
  "http://example.com\\@127.0.0.1:%port/",
  "http://127.0.0.1:%port\\@example.com/",
  "http://example.com#@127.0.0.1:%port/",
  "http://127.0.0.1:%port#@example.com/",
  "http://127.0.0.1:%port/#fragment",
  "http://127.0.0.1:%port/#",
  "http://127.0.0.1:%port?@example.com/",
  "http://127.0.0.1:0/",
  "http://127.0.0.1:0%port/",
  "//127.0.0.1:%port/",
  "file:///etc/passwd",
  "file://127.0.0.1/etc/passwd",
  "gopher://127.0.0.1:%port/_GET",
  "data:text/plain,hello",
  "unix:///var/run/docker.sock",
  "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
  "ftp://127.0.0.1:%port/",
  "ws://127.0.0.1:%port/",
  "javascript:fetch('http://127.0.0.1')",
  "blob:http://127.0.0.1:%port/1",
  "jar:http://127.0.0.1:%port!/",
]

describe("forbidden addresses", () => {
  const hosts = [...new Set([...closed4.flatMap(spellings4), ...closed6.flatMap(spellings6), ...byHand])]
  const urls = [...hosts.flatMap((host) => [`http://${host}:%port/`]), ...wholeAddresses]

  it("are spelled here in more than 250 ways", () => {
    expect(hosts.length).toBeGreaterThan(250)
  })

  it("are refused in every spelling before a connection is begun", async () => {
    const egress = openEgress(closed, lookup)
    let forbidden = 0
    for (const text of urls) {
      const url = URL.parse(text.replace("%port", String(listener.port)))
      if (url === null) continue // the parser doesn't take it for an address at all
      const reason = await reasonOf(egress.fetch(ask(url)))
      expect([text, reason]).toEqual([text, expect.stringMatching(/^(forbidden_address|bad_url|dns)$/)])
      expect(await reasonOf(egress.check(url)), text).toBe(reason)
      if (reason === "forbidden_address") forbidden += 1
    }
    expect(forbidden).toBeGreaterThan(400) // the others no URL or no name can be
    expect(connectedTo).toEqual([])
    expect(listener.connections()).toBe(0)
  })

  it("are refused in every spelling when all private networks are listed, but those that may be listed", async () => {
    const allow = parseEgressAllow("10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, [fc00::/7]")
    const egress = openEgress({ ...closed, allow }, lookup)
    const never = [...neverOpen4.flatMap(spellings4), ...neverOpen6.flatMap(spellings6)]
    for (const host of never) {
      const url = URL.parse(`http://${host}/latest/meta-data/`)
      if (url === null) continue
      expect(await reasonOf(egress.fetch(ask(url))), host).toBe("forbidden_address")
    }
    expect(connectedTo).toEqual([])
  })

  it("are what one address of a name makes of all of them", async () => {
    const { fetch } = openEgress(closed, lookup)
    expect(await reasonOf(fetch(ask(new URL("http://mixed.example/"))))).toBe("forbidden_address")
    expect(await reasonOf(fetch(ask(new URL("http://mixed-last.example/"))))).toBe("forbidden_address")
    expect(connectedTo).toEqual([])
  })

  it("tell the operator which entry would open them, and tell of a name no more than that", async () => {
    const { fetch } = openEgress(closed, lookup)
    await expect(fetch(ask(new URL("http://10.1.2.3:8200/")))).rejects.toMatchObject({
      allowEntry: "10.1.2.3:8200",
      message: expect.stringContaining("add 10.1.2.3:8200 to STRONGROOM_EGRESS_ALLOW"),
    })
    await expect(fetch(ask(new URL("https://localhost/")))).rejects.toMatchObject({
      allowEntry: "127.0.0.1:443,[::1]:443",
      message: expect.not.stringContaining("127.0.0.1"),
    })
    await expect(fetch(ask(new URL("http://169.254.169.254/")))).rejects.toMatchObject({ allowEntry: undefined })
  })

  it("are opened by exactly the entry that was told", async () => {
    const url = new URL(`http://127.0.0.1:${listener.port}/`)
    const refused: unknown = await openEgress(closed)
      .fetch(ask(url))
      .catch((error: unknown) => error)
    const entry = (refused as EgressError).allowEntry ?? ""
    const { fetch } = openEgress({ ...closed, allow: parseEgressAllow(entry) })
    expect((await fetch(ask(url))).status).toBe(200)
  })

  it("hold our own ports, even where loopback is open", async () => {
    const own = [{ address: "127.0.0.1", port: listener.port }]
    const { fetch } = openEgress({ ...closed, own, loopback: true }, lookup)
    for (const host of ["127.0.0.1", "localhost", "[::1]", "127.1"]) {
      const url = new URL(`http://${host}:${listener.port}/api/v1`)
      expect(await reasonOf(fetch(ask(url))), host).toBe("forbidden_address")
    }
    expect(connectedTo).toEqual([])
  })

  it("hold our own name, and the names of metadata services, which aren't even resolved", async () => {
    const asked: string[] = []
    const own = [{ address: "secrets.example.com", port: 443 }]
    const { fetch } = openEgress({ ...closed, own }, async (hostname) => {
      asked.push(hostname)
      return [{ address: onTheInternet, family: 4 }]
    })
    for (const text of ["https://Secrets.Example.com/", "http://metadata.google.internal/computeMetadata/v1/"]) {
      expect(await reasonOf(fetch(ask(new URL(text)))), text).toBe("forbidden_address")
    }
    expect(asked).toEqual([])
  })
})

describe("a name whose addresses change", () => {
  const inside = ["10.0.0.1", "127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.169.254", "::1", "::", "::ffff:127.0.0.1"]

  /** Answers otherwise each time it is asked. */
  function turncoat(honest: string): { lookup: typeof lookup; asked(): number } {
    let asked = 0
    return {
      asked: () => asked,
      lookup: async () => {
        asked += 1
        const address = asked % 2 === 1 ? honest : inside[asked % inside.length]!
        return [{ address, family: address.includes(":") ? 6 : 4 }]
      },
    }
  }

  it("is resolved once for each connection, and connected to where that was open: 1,000 answers", async () => {
    const resolver = turncoat(onTheInternet)
    const { fetch } = openEgress(closed, resolver.lookup)
    const reasons: string[] = []
    for (let at = 0; at < 1_000; at += 1) {
      reasons.push(await reasonOf(fetch(ask(new URL(`http://changing.example:${listener.port}/`)))))
    }
    expect(resolver.asked()).toBe(1_000)
    expect(reasons.filter((reason) => reason === "refused")).toHaveLength(500)
    expect(reasons.filter((reason) => reason === "forbidden_address")).toHaveLength(500)
    expect(connectedTo).toEqual(new Array(500).fill(onTheInternet))
    expect(listener.connections()).toBe(0)
  })

  it("is resolved again after a check, and refused by what it is then", async () => {
    const resolver = turncoat(onTheInternet)
    const egress = openEgress(closed, resolver.lookup)
    for (let at = 0; at < 100; at += 1) {
      const url = new URL(`http://changing.example:${listener.port}/`)
      await egress.check(url)
      expect(await reasonOf(egress.fetch(ask(url)))).toBe("forbidden_address")
    }
    expect(connectedTo).toEqual([])
  })

  it("reaches a server where it is open and nothing where it isn't", async () => {
    const resolver = turncoat("127.0.0.1")
    const allow = parseEgressAllow(`127.0.0.1:${listener.port}`)
    const isOpen = { ...closed, allow }
    const { fetch } = openEgress(isOpen, async (name) => {
      const [answer] = await resolver.lookup(name)
      return answer!.address === "127.0.0.1" && resolver.asked() % 2 === 0 ? [] : [answer!]
    })
    for (let at = 0; at < 100; at += 1) {
      await reasonOf(fetch(ask(new URL(`http://changing.example:${listener.port}/`))))
    }
    expect(new Set(connectedTo)).toEqual(new Set(["127.0.0.1"]))
    expect(listener.connections()).toBe(50)
  })

  it("is asked for once by all who ask at the same moment", async () => {
    let asked = 0
    const egress: Egress = openEgress(closed, async () => {
      asked += 1
      return [{ address: "10.0.0.1", family: 4 }]
    })
    const url = new URL("http://slow.example/")
    await Promise.all(Array.from({ length: 20 }, async () => reasonOf(egress.check(url))))
    expect(asked).toBe(1)
  })
})
