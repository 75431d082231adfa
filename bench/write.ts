/**
 * `npm run bench:write`: new versions of secrets, of 256 bytes each, written through the real API process, against a
 * node:http server that commits one prepared INSERT for each request. Same Postgres with its usual fsync, same number of
 * connections, in turns. Passes when the median of the rounds' ratios is at least 0.3.
 *
 *   node bench/write.ts [--seconds 3] [--rounds 5] [--connections 16] [--secrets 256] [--not-pinned] [--profile folder]
 */
import { randomBytes } from "node:crypto"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { newToken } from "../lib/crypto/tokens.ts"
import { type Database, openDatabase } from "../lib/db/database.ts"
import { newId } from "../lib/db/ids.ts"
import type { BareInsertPlan } from "./measuring/bare-insert.ts"
import { furnish } from "./measuring/furnish.ts"
import { anInstallation } from "./measuring/installation.ts"
import type { LoadPlan, LoadResult } from "./measuring/load.ts"
import { answerOf, pin, start } from "./measuring/processes.ts"
import { type Contestant, inRounds, type Measured, median, print } from "./measuring/rounds.ts"

/** Of the bare insert's requests per second. */
const goal = 0.3

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    secrets: { type: "string", default: "256" },
    "not-pinned": { type: "boolean", default: false },
    profile: { type: "string" },
  },
})
const here = import.meta.dirname
await using installation = await anInstallation()
await measure()

async function measure(): Promise<void> {
  const { port, postmaster } = installation
  const { token, secrets } = await fill()
  const api = await installation.startApi({ profile: options.profile })
  const bare = await start(join(here, "measuring", "bare-insert.ts"))
  bare.send({ connectionString: installation.appUrl } satisfies BareInsertPlan)
  const barePort = await answerOf<number>(bare)
  const loader = await start(join(here, "measuring", "load.ts"))
  if (!options["not-pinned"]) {
    for (const { pid } of [api, bare]) pin(pid, 0)
    for (const pid of [loader.pid, postmaster]) pin(pid, 1)
  }
  const contestant = (name: string, at: number, pid: number): Contestant => {
    const requests = secrets.map((secret) => ({ text: requestFor(at, secret, token), body: null }))
    return {
      name,
      load: () => {
        const plan: LoadPlan = { port: at, requests, connections: Number(options.connections), seconds }
        loader.send(plan)
        return answerOf<LoadResult>(loader)
      },
      processes: [
        { name: "node", pid },
        { name: "postgres", pid: postmaster },
      ],
    }
  }
  const seconds = Number(options.seconds)
  const contestants = [contestant("bare insert", barePort, bare.pid), contestant("strongroom", port, api.pid)]
  for (const each of [...contestants, ...contestants]) await each.load() // warms up
  const measured = await inRounds(contestants, Number(options.rounds))
  print(measured, "bare insert")
  await countVersions()
  judge(measured)
  for (const child of [api, bare, loader]) child.disconnect()
}

/** Makes an organization with secrets in its three scopes, an editor with a personal token, and the bare table. */
async function fill(): Promise<{ token: string; secrets: Secret[] }> {
  await installation.asOwner(async ({ pool }) => {
    await pool.query(`CREATE TABLE "BareInsert" ("id" uuid PRIMARY KEY, "number" int NOT NULL, "value" bytea NOT NULL)`)
    await pool.query(`GRANT INSERT ON "BareInsert" TO strongroom_app`)
  })
  return installation.fill(async (house) => {
    const { secrets } = await furnish(house, { secrets: Number(options.secrets), tokens: 1 })
    return {
      token: await makeEditor(house.database),
      secrets: secrets.map(({ name, body }) => ({ name, scope: (JSON.parse(body) as { scope: string }).scope })), // made by furnish
    }
  })
}

interface Secret {
  name: string
  scope: string
}

async function makeEditor({ prisma }: Database): Promise<string> {
  const { organizationId, id: scopeId } = await prisma.scope.findFirstOrThrow({ where: { kind: "organization" } })
  const [personId, id] = [newId(), newId()]
  const email = "editor@example.com"
  await prisma.person.create({ data: { organizationId, id: personId, name: "Editor", email, foldedEmail: email } })
  await prisma.roleAssignment.create({ data: { organizationId, personId, scopeId, role: "editor" } })
  const { token, hash, prefix } = newToken("pat", id)
  const [signedInAt, expiresAt] = [new Date(), new Date(Date.now() + 86_400_000)]
  const data = { organizationId, id, personId, name: "bench", hash: Buffer.from(hash), prefix, signedInAt, expiresAt }
  await prisma.personalToken.create({ data })
  return token
}

/** Every version that was written has its operation, its event and its ciphertext. */
async function countVersions(): Promise<void> {
  await using database = openDatabase({ url: installation.appUrl })
  const { rows } = await database.pool.query<Record<string, string>>(
    `SELECT (SELECT count(*) FROM "SecretVersion" WHERE "number" > 1) AS versions,
       (SELECT count(*) FROM "SealedValue" WHERE "version" > 1) AS ciphertexts,
       (SELECT count(*) FROM "AuditEvent" WHERE "action" = 'version.write' AND "outcome" = 'done') AS events,
       (SELECT count(*) FROM "Operation" WHERE "state" = 'committed') AS operations, current_setting('fsync') AS fsync,
       current_setting('synchronous_commit') AS synchronous_commit`,
  )
  console.log(
    Object.entries(rows[0] ?? {})
      .flat()
      .join(" "),
  )
}

function judge(measured: readonly Measured[]): void {
  const [bare, ours] = measured
  const ratio = median((ours?.perSecond ?? []).map((rate, round) => rate / (bare?.perSecond[round] ?? Number.NaN)))
  const verdict = ratio >= goal ? "reached" : "NOT reached"
  const load = loadavg().map((each) => each.toFixed(1))
  console.log(
    `${ratio.toFixed(2)} of a bare insert; the goal of ${goal} is ${verdict} (the machine's load: ${load.join(", ")})`,
  )
  if (ratio < goal) process.exitCode = 1
}

function requestFor(port: number, { scope, name }: Secret, token: string): string {
  const body = JSON.stringify({ value: randomBytes(128).toString("hex") })
  const head = [
    `POST /api/v1/scopes/${scope}/vaults/default/secrets/${name}/versions HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ]
  return `${head.join("\r\n")}\r\n\r\n${body}`
}
