/** From a job to a value over HTTP: the job has its own token, and nothing was copied to it. */
import { expect, it } from "vitest"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { aJobIssuer } from "../testing/a-job-issuer.ts"
import { aSealedSecret } from "../testing/a-sealed-secret.ts"
import { aRunningApi, type TestApi } from "../testing/running-api.ts"
import { testCluster } from "../testing/token-review.ts"

const prod = "acme.payments.prod"
const form = { "Content-Type": "application/x-www-form-urlencoded" }
type Rule = Parameters<typeof ruleFor>[1]

function exchangeForm(token: string, more: Record<string, string> = {}): string {
  return new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    audience: `${prod}/deploys`,
    subject_token: token,
    ...more,
  }).toString()
}

async function ruleFor(
  house: TestHouse,
  rule: {
    issuer: string
    keySet?: string
    conditions: { claim: string; match: "exact" | "pattern"; values: string[] }[]
  },
): Promise<void> {
  const acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["the value"] })
  await house.call("createServiceAccount", lead, { scope: prod, name: "deploys" })
  await house.call("grantAccess", lead, { scope: prod, account: "deploys", access: "read" })
  await house.call("createTrustRule", lead, {
    scope: prod,
    account: "deploys",
    name: "main",
    audience: "strongroom",
    ...rule,
  })
}

async function aServer(rule: Rule): Promise<{ running: TestApi; house: TestHouse }> {
  const house = await aHouse({ plainWebhooks: true })
  await ruleFor(house, rule)
  return { house, running: await aRunningApi(undefined, { core: house.core }) }
}

async function readWith({ front }: TestApi, token: string): Promise<unknown> {
  const exchanged = await front.ask("POST /api/v1/token", form, exchangeForm(token))
  expect(exchanged.status).toBe(200)
  expect(exchanged.headers["cache-control"]).toContain("no-store")
  const answer = JSON.parse(exchanged.body) as { access_token: string }
  expect(answer).toEqual({
    access_token: expect.stringMatching(/^srm_sat_/) as string,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 900,
  })
  const bearer = { Authorization: `Bearer ${answer.access_token}` }
  return JSON.parse((await front.ask("GET /api/v1/vaults/default/secrets/DB/value", bearer)).body)
}

it("lets a job of Gitea Actions read by nothing but its own token", async () => {
  await using gitea = await aJobIssuer()
  const { house, running } = await aServer({
    issuer: gitea.issuer,
    conditions: [
      { claim: "repository", match: "exact", values: ["acme/app"] },
      { claim: "ref", match: "exact", values: ["refs/heads/main"] },
    ],
  })
  await using _house = house
  await using _running = running
  const token = await gitea.sign({
    aud: "strongroom",
    sub: "repo:acme/app:ref:refs/heads/main",
    repository: "acme/app",
    repository_owner: "acme",
    ref: "refs/heads/main",
    event_name: "push",
    workflow: "deploy.yml",
  })
  expect(await readWith(running, token)).toMatchObject({ value: "the value" })
})

it("lets a pod read by the token that its cluster puts into a file, with the cluster's keys fetched or pasted", async () => {
  await using cluster = await testCluster()
  const conditions = [
    { claim: "sub", match: "exact" as const, values: ["system:serviceaccount:payments:worker"] },
    { claim: "/kubernetes.io/namespace", match: "exact" as const, values: ["payments"] },
  ]
  for (const keySet of [undefined, JSON.stringify(cluster.issuer.keySet)]) {
    const { house, running } = await aServer({ issuer: cluster.host, conditions, ...(keySet && { keySet }) })
    await using _house = house
    await using _running = running
    const token = await cluster.podToken({ namespace: "payments", name: "worker" }, { audience: "strongroom" })
    expect(await readWith(running, token)).toMatchObject({ value: "the value" })
    const other = await cluster.podToken({ namespace: "payments", name: "other" }, { audience: "strongroom" })
    const refused = await running.front.ask("POST /api/v1/token", form, exchangeForm(other))
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.body)).toMatchObject({ error: "invalid_request" })
  }
})

it("answers what isn't right in OAuth's error form, the same for every token that isn't taken", async () => {
  await using issuer = await aJobIssuer()
  const conditions = [{ claim: "repository", match: "exact" as const, values: ["acme/app"] }]
  const { house, running } = await aServer({ issuer: issuer.issuer, conditions })
  await using _house = house
  await using _running = running
  const ask = async (body: string): Promise<Record<string, unknown>> => {
    const { status, body: answer } = await running.front.ask("POST /api/v1/token", form, body)
    return { ...(JSON.parse(answer) as Record<string, unknown>), status }
  }
  const other = await ask(exchangeForm(await issuer.sign({ aud: "strongroom", repository: "acme/evil" })))
  const noAccount = await ask(exchangeForm("x.y.z", { audience: `${prod}/nobody` }))
  const noScope = await ask(exchangeForm("x.y.z", { audience: "no.such.scope/deploys" }))
  for (const answer of [other, noAccount, noScope]) {
    const { request_id: requestId, ...told } = answer
    expect(requestId).not.toBe("")
    expect(told).toEqual({
      status: 400,
      error: "invalid_request",
      error_description: expect.stringMatching(/^This token isn't taken/) as string,
    })
  }
  const twice = await ask(`${exchangeForm("x.y.z")}&audience=other`)
  expect(twice).toMatchObject({ status: 400, error: "invalid_request" })
  expect(await ask("grant_type=client_credentials")).toMatchObject({ status: 400, error: "invalid_request" })
})
