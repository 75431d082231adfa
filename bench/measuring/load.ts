/**
 * A program that loads a server and counts: many keep-alive connections, each with one request under way, over plain
 * sockets, so that the client costs little beside the server. Every answer is compared byte by byte with the body that
 * its request expects. Reads a LoadPlan from its parent and sends back a LoadResult.
 */
import { connect, type Socket } from "node:net"

export interface LoadPlan {
  port: number
  connections: number
  seconds: number
  /** Whole requests, and the body that each must be answered with; null where any 200 will do. */
  requests: readonly { text: string; body: string | null }[]
}

export interface LoadResult {
  answers: number
  /** Answers that were no 200 or had another body. */
  wrong: number
  seconds: number
  /** Milliseconds. */
  p50: number
  p99: number
}

interface Prepared {
  bytes: Buffer
  body: Buffer | null
}

process.on("message", (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result))
})
process.on("disconnect", () => process.exit())
process.send?.("ready")

async function run({ port, connections, seconds, requests }: LoadPlan): Promise<LoadResult> {
  const prepared = requests.map(({ text, body }) => ({
    bytes: Buffer.from(text),
    body: body === null ? null : Buffer.from(body),
  }))
  const tally = { answers: 0, wrong: 0, times: new Array<number>() }
  const started = performance.now()
  const until = started + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, (_, index) => keepAsking(port, prepared, index * 7919, until, tally)),
  )
  const times = tally.times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0
  const took = (performance.now() - started) / 1000
  return { answers: tally.answers, wrong: tally.wrong, seconds: took, p50: at(0.5), p99: at(0.99) }
}

interface Tally {
  answers: number
  wrong: number
  times: number[]
}

async function keepAsking(
  port: number,
  requests: readonly Prepared[],
  first: number,
  until: number,
  tally: Tally,
): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject)
  })
  await new Promise<void>((resolve, reject) => {
    exchange(socket, requests, first, until, tally, resolve, reject)
  })
  socket.destroy()
}

const endOfHead = Buffer.from("\r\n\r\n")

function exchange(
  socket: Socket,
  requests: readonly Prepared[],
  first: number,
  until: number,
  tally: Tally,
  done: () => void,
  failed: (error: Error) => void,
): void {
  let next = first
  let asked: Prepared | undefined
  let askedAt = 0
  let received: Buffer = Buffer.alloc(0)

  const ask = (): void => {
    asked = requests[next++ % requests.length]
    askedAt = performance.now()
    if (asked !== undefined) socket.write(asked.bytes)
  }
  socket.on("error", failed)
  socket.on("close", () => failed(new Error("The server closed a connection.")))
  socket.on("data", (part: Buffer) => {
    received = received.length === 0 ? part : Buffer.concat([received, part])
    const headEnd = received.indexOf(endOfHead)
    if (headEnd < 0) return
    const head = received.toString("latin1", 0, headEnd)
    const bodyAt = headEnd + endOfHead.length
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (received.length < bodyAt + length) return
    tally.answers += 1
    tally.times.push(performance.now() - askedAt)
    const isRight =
      head.startsWith("HTTP/1.1 200 ") &&
      asked !== undefined &&
      (asked.body === null || received.subarray(bodyAt).equals(asked.body))
    if (!isRight) tally.wrong += 1
    received = Buffer.alloc(0)
    if (performance.now() < until) ask()
    else done()
  })
  ask()
}
