import type { Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { aCertificateAuthority, aSelfSignedCertificate } from "../testing/certificates.ts"
import { anAnswer, aRawServer, type RawServer } from "../testing/raw-server.ts"
import { type Egress, type EgressRequest, openEgress } from "./egress.ts"

const open: Egress[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (egress) => egress.close()))
})

function anEgress(addresses = (): string => "127.0.0.1"): Egress {
  const rules = { allow: [], own: [], loopback: true }
  const egress = openEgress(rules, async () => [{ address: addresses(), family: 4 }])
  open.push(egress)
  return egress
}

function ask({ port }: RawServer, wishes: Partial<EgressRequest> = {}, host = "vault.test"): EgressRequest {
  const url = new URL(`http://${host}:${port}/`)
  return { method: "GET", url, headers: {}, timeoutMs: 5_000, maxResponseBytes: 1_000, ...wishes }
}

describe("a kept connection", () => {
  it("carries one owner's requests, one after the other", async () => {
    await using server = await aRawServer(anAnswer("a"))
    const fetch = anEgress().fetchFor("provider-1")
    for (let at = 0; at < 5; at += 1) await fetch(ask(server, { method: at % 2 === 0 ? "GET" : "PUT" }))
    expect(server.connections()).toBe(1)
    expect(server.received().match(/PUT/g)).toHaveLength(2)
  })

  it("is never another owner's, and nobody's who has no name", async () => {
    await using server = await aRawServer(anAnswer("a"))
    const egress = anEgress()
    for (const fetch of [egress.fetchFor("one"), egress.fetchFor("two"), egress.fetch, egress.fetch]) {
      await fetch(ask(server))
    }
    expect(server.connections()).toBe(4)
    await egress.fetchFor("one")(ask(server))
    expect(server.connections()).toBe(4)
  })

  it("is never another host's, though it has the same address", async () => {
    await using server = await aRawServer(anAnswer("a"))
    const fetch = anEgress().fetchFor("one")
    await fetch(ask(server))
    await fetch(ask(server, {}, "other.test"))
    await fetch(ask(server, {}, "127.0.0.1"))
    expect(server.connections()).toBe(3)
  })

  it("is never used under another CA bundle, or under none", async () => {
    const alone = aSelfSignedCertificate({ names: ["vault.test"] })
    await using server = await aRawServer(anAnswer("a"), alone)
    const fetch = anEgress().fetchFor("one")
    const secure = (ca?: string): EgressRequest => {
      const request = ask(server, ca === undefined ? {} : { ca })
      return { ...request, url: new URL(request.url.href.replace("http:", "https:")) }
    }
    await fetch(secure(alone.certificate))
    await fetch(secure(alone.certificate))
    expect(server.connections()).toBe(1)
    const other = aCertificateAuthority().certificate
    await expect(fetch(secure(other))).rejects.toMatchObject({ reason: "tls" })
    await expect(fetch(secure())).rejects.toMatchObject({ reason: "tls" })
    expect(server.connections()).toBe(3)
  })

  it("needs no new resolution, and a new one does", async () => {
    await using server = await aRawServer(anAnswer("a"))
    const answers = ["127.0.0.1", "10.0.0.1"]
    const egress = anEgress(() => answers.shift() ?? "10.0.0.1")
    const fetch = egress.fetchFor("one")
    await fetch(ask(server))
    await fetch(ask(server))
    expect(answers).toHaveLength(1)
    await expect(Promise.all([fetch(ask(server)), fetch(ask(server))])).rejects.toMatchObject({
      reason: "forbidden_address",
    })
  })

  it("that ended in the meantime is replaced for a read", async () => {
    const sockets: Socket[] = []
    await using server = await aRawServer((socket) => {
      sockets.push(socket)
      if (sockets.length === 2) socket.resetAndDestroy()
      else socket.write(anAnswer("a"))
    })
    const fetch = anEgress().fetchFor("one")
    await fetch(ask(server))
    expect((await fetch(ask(server))).status).toBe(200)
    expect(server.connections()).toBe(2)
  })

  it("that ended in the meantime leaves a change unknown: it isn't sent twice", async () => {
    let requests = 0
    await using server = await aRawServer((socket) => {
      requests += 1
      if (requests === 2) socket.resetAndDestroy()
      else socket.write(anAnswer("a"))
    })
    const fetch = anEgress().fetchFor("one")
    await fetch(ask(server))
    await expect(fetch(ask(server, { method: "POST" }))).rejects.toMatchObject({ reason: "reset", sent: true })
    expect(requests).toBe(2)
  })

  it("is given up when something comes that nobody asked for", async () => {
    let ofFirst: Socket | undefined
    await using server = await aRawServer((socket) => {
      ofFirst ??= socket
      socket.write(anAnswer("asked for"))
    })
    const fetch = anEgress().fetchFor("one")
    await fetch(ask(server))
    ofFirst?.write(anAnswer("poison"))
    await expect.poll(server.openConnections).toBe(0)
    expect(Buffer.from((await fetch(ask(server))).body).toString()).toBe("asked for")
  })

  it("isn't kept after an answer with more behind it", async () => {
    let answers = 0
    await using server = await aRawServer((socket) => {
      answers += 1
      socket.write(anAnswer(`answer ${answers}`) + anAnswer("poison"))
    })
    const fetch = anEgress().fetchFor("one")
    for (let at = 1; at <= 3; at += 1) {
      const body = await fetch(ask(server)).then(
        (answer) => Buffer.from(answer.body).toString(),
        () => "refused",
      )
      expect(["refused", `answer ${at}`]).toContain(body)
    }
  })

  it("isn't kept after an answer that was too large or cut off by time", async () => {
    await using server = await aRawServer((socket, request) => {
      socket.write(request.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\n" : anAnswer("x".repeat(2_000)))
    })
    const fetch = anEgress().fetchFor("one")
    await expect(fetch(ask(server))).rejects.toMatchObject({ reason: "too_large" })
    await expect(fetch(ask(server, { method: "HEAD", timeoutMs: 100 }))).rejects.toMatchObject({ reason: "timeout" })
    await expect(fetch(ask(server))).rejects.toMatchObject({ reason: "too_large" })
    expect(server.connections()).toBe(3)
  })

  it("ends with everything else", async () => {
    await using server = await aRawServer(anAnswer("a"))
    const egress = anEgress()
    await egress.fetchFor("one")(ask(server))
    expect(server.openConnections()).toBe(1)
    await egress.close()
    await expect.poll(server.openConnections).toBe(0)
  })
})
