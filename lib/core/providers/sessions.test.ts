/** One signed-in state for all processes: each port here stands for a process of its own. */
import { afterEach, beforeEach, expect, it } from "vitest"
import type { BackendSession, SessionPort } from "../../providers/provider.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aRemoteProvider, aSession } from "../../testing/a-remote-provider.ts"
import { sessionsOf } from "./sessions.ts"

let house: TestHouse
let acme: TestOrganization
let provider: { organizationId: string; id: string }

beforeEach(async () => {
  house = await aHouse({ remoteProviders: new Map([["vault", aRemoteProvider().kind]]) })
  acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  const settings = { address: "https://backend.example.com" }
  const input = {
    scope: "acme.payments",
    kind: "vault",
    name: "vault",
    settings,
    credential: { password: "correct" },
  } as const
  const { id: check } = await house.call("checkProvider", lead, input)
  const { id } = await house.call("registerProvider", lead, { ...input, check })
  provider = { organizationId: acme.id, id: id ?? "" }
})

afterEach(async () => {
  await house[Symbol.asyncDispose]()
})

function aProcess(endpoint = "https://backend.example.com"): SessionPort {
  return sessionsOf({ database: house.database, credentials: house.house.credentials }, provider, endpoint)
}

it("is made once, however many processes need it at once", async () => {
  let signIns = 0
  const signIn = async (): Promise<BackendSession> => {
    signIns += 1
    await new Promise((resolve) => setTimeout(resolve, 150))
    return aSession("first")
  }
  const processes = Array.from({ length: 5 }, () => aProcess())
  const sessions = await Promise.all(
    processes.flatMap((port) => [port.replace(undefined, signIn), port.replace(undefined, signIn)]),
  )
  expect(signIns).toBe(1)
  expect(new Set(sessions.map(({ accessor }) => accessor))).toEqual(new Set(["accessor of first"]))
})

it("is the same one in a process that comes later, with all that is known of it", async () => {
  const made = await aProcess().replace(undefined, () =>
    Promise.resolve({ ...aSession("first"), renewAt: new Date(1e12) }),
  )
  const { token: _, ...facts } = made
  expect(await aProcess().current()).toMatchObject(facts)
})

it("lies sealed, and opens for its own endpoint alone", async () => {
  await aProcess().replace(undefined, () => Promise.resolve(aSession("a-token-to-look-for")))
  const row = await house.database.prisma.provider.findFirstOrThrow()
  expect(Buffer.from(row.session ?? []).includes("a-token-to-look-for")).toBe(false)
  expect(await aProcess("https://elsewhere.example.com").current()).toBeUndefined()
})

it("is replaced by who found it dead first; the others get the new one without signing in", async () => {
  const [one, other] = [aProcess(), aProcess()]
  await one.replace(undefined, () => Promise.resolve(aSession("first")))
  const seenByOther = await other.current()
  const second = await one.replace(await one.current(), (renewable) => {
    expect(renewable?.accessor).toBe("accessor of first")
    return Promise.resolve(aSession("second"))
  })
  const answered = await other.replace(seenByOther, () => Promise.reject(new Error("nobody signs in twice")))
  expect(answered.accessor).toBe(second.accessor)
})

it("that has ended isn't handed to be renewed", async () => {
  const port = aProcess()
  const ended = await port.replace(undefined, () => Promise.resolve(aSession("first", -1)))
  let handed: BackendSession | undefined = ended
  await port.replace(ended, (session) => {
    handed = session
    return Promise.resolve(aSession("second"))
  })
  expect(handed).toBeUndefined()
})

it("that can't be made leaves no lease behind", async () => {
  const port = aProcess()
  await expect(port.replace(undefined, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused")
  expect(await aProcess().replace(undefined, () => Promise.resolve(aSession("later")))).toMatchObject({
    accessor: "accessor of later",
  })
})
