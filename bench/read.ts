/**
 * GET of one value, through the real API process, against a node:http server that answers the
 * same bytes. Each request brings a token of a hundred and asks for one of ten thousand secrets; token, grant and row
 * are checked in Postgres and an audit row is durable before each answer. Postgres runs with its usual fsync. Passes
 * when the median of the rounds' ratios is at least 0.25.
 *
 *   node bench/read.ts [--seconds 3] [--rounds 5] [--warmup 15] [--connections 64] [--secrets 10000] [--not-pinned]
 *                      [--profile folder]
 */
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { openDatabase } from "../lib/db/database.ts"
import { furnish } from "./measuring/furnish.ts"
import { anInstallation } from "./measuring/installation.ts"
import type { LoadPlan, LoadResult } from "./measuring/load.ts"
import { answerOf, pin, start } from "./measuring/processes.ts"
import { type Contestant, inRounds, type Measured, median, print } from "./measuring/rounds.ts"
import type { TrivialAnswer } from "./measuring/trivial.ts"

/** Of the trivial server's requests per second. */
const goal = 0.25

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    warmup: { type: "string", default: "15" },
    connections: { type: "string", default: "64" },
    secrets: { type: "string", default: "10000" },
    "not-pinned": { type: "boolean", default: false },
    profile: { type: "string" },
  },
})
const here = import.meta.dirname
await using installation = await anInstallation()
await measure()

async function measure(): Promise<void> {
  const { port, postmaster } = installation
  const count = { secrets: Number(options.secrets), tokens: 100 }
  const { tokens, secrets } = await installation.fill((house) => furnish(house, count))
  const api = await installation.startApi({ profile: options.profile })
  const [token = ""] = tokens
  const [secret = { name: "", body: "" }] = secrets
  const sample = await fetch(addressOf(port, secret.name), { headers: { authorization: `Bearer ${token}` } })
  const trivial = await start(join(here, "measuring", "trivial.ts"))
  trivial.send({ headers: headersOf(sample), body: await sample.text() } satisfies TrivialAnswer)
  const trivialPort = await answerOf<number>(trivial)
  const loader = await start(join(here, "measuring", "load.ts"))
  if (!options["not-pinned"]) {
    for (const { pid } of [api, trivial]) pin(pid, 0)
    for (const pid of [loader.pid, postmaster]) pin(pid, 1)
  }

  const load = (plan: Pick<LoadPlan, "port" | "requests">, seconds = Number(options.seconds)): Promise<LoadResult> => {
    loader.send({ ...plan, connections: Number(options.connections), seconds })
    return answerOf<LoadResult>(loader)
  }
  const requests = secrets.map(({ name, body }, index) => ({
    text: requestFor(port, name, tokens[index % tokens.length] ?? token),
    body,
  }))
  const same = [{ text: requestFor(trivialPort, secret.name, token), body: secret.body }]
  const contestants: Contestant[] = [
    {
      name: "trivial",
      load: () => load({ port: trivialPort, requests: same }),
      processes: [{ name: "node", pid: trivial.pid }],
    },
    {
      name: "strongroom",
      load: () => load({ port, requests }),
      processes: [
        { name: "node", pid: api.pid },
        { name: "postgres", pid: postmaster },
      ],
    },
  ]
  // V8 takes tens of thousands of requests to compile the long way that one of ours goes.
  await load({ port, requests }, Number(options.warmup))
  await load({ port: trivialPort, requests: same }, 2)
  const measured = await inRounds(contestants, Number(options.rounds))
  print(measured, "trivial")
  await countEvents()
  judge(measured)
  for (const child of [api, trivial, loader]) child.disconnect()
}

function judge([trivial, ours]: readonly Measured[]): void {
  const ratio = median((ours?.perSecond ?? []).map((rate, round) => rate / (trivial?.perSecond[round] ?? Number.NaN)))
  const verdict = ratio >= goal ? "reached" : "NOT reached"
  const load = loadavg().map((each) => each.toFixed(1))
  console.log(
    `${ratio.toFixed(2)} of trivial; the goal of ${goal} is ${verdict} (the machine's load: ${load.join(", ")})`,
  )
  if (ratio < goal) process.exitCode = 1
}

/** Each answer left an event, and the chain's head knows of all of them. */
async function countEvents(): Promise<void> {
  await using database = openDatabase({ url: installation.appUrl })
  const { rows } = await database.pool.query<{ events: string; head: string }>(
    `SELECT count(*)::text AS events, max(head."seq")::text AS head FROM "AuditEvent" AS event
     JOIN "AuditHead" AS head USING ("organizationId") WHERE event."action" = 'secret.read' AND event."outcome" = 'done'`,
  )
  console.log(`audit: ${rows[0]?.events ?? "?"} events, the chain's head is at ${rows[0]?.head ?? "?"}`)
}

function addressOf(port: number, name: string): string {
  return `http://127.0.0.1:${port}/api/v1/vaults/default/secrets/${name}/value`
}

function requestFor(port: number, name: string, token: string): string {
  const { pathname, host } = new URL(addressOf(port, name))
  return `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

/** What node:http doesn't set by itself. */
function headersOf(answer: Response): string[] {
  const own = ["date", "connection", "keep-alive", "transfer-encoding"]
  return [...answer.headers].filter(([name]) => !own.includes(name)).flat()
}
