import { gzipSync } from "node:zlib"
import { build } from "vite"
import { expect, expectTypeOf, it, vi } from "vitest"
import { AppError, type ErrorCode } from "../../../lib/errors.ts"
import { beforeFront } from "../../../lib/testing/before-front.ts"
import { aRunningApi, type Call, type TestApi } from "../../../lib/testing/running-api.ts"
import { defineSecret, type ResolvedSet, Strongroom, StrongroomError, type StrongroomOptions } from "../index.ts"

const token = "srm_sat_x"

interface Program extends AsyncDisposable {
  strongroom: Strongroom
  running: TestApi
}

/** A program with the SDK, and an API that answers as it is told. */
async function aProgram(answer: (call: Call) => unknown, options: Partial<StrongroomOptions> = {}): Promise<Program> {
  const running = await aRunningApi(answer)
  const address = await beforeFront(running)
  const strongroom = new Strongroom({ url: address.url, token, ...options })
  const stop = async (): Promise<void> => {
    await address[Symbol.asyncDispose]()
    await running[Symbol.asyncDispose]()
  }
  return { strongroom, running, [Symbol.asyncDispose]: stop }
}

function disclosed(name: string, value: string, more: object = {}): object {
  return { scope: "acme", vault: "default", name, version: 1, value, etag: `"${value}"`, ...more }
}

/** Answers by the tag that is asked with, as the API does. */
function current(call: Call, answer: { etag: string }): object {
  return call.request.ifNoneMatch === answer.etag ? { notModified: true, etag: answer.etag } : answer
}

async function failure(work: Promise<unknown>): Promise<StrongroomError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (error instanceof StrongroomError) return error
  throw new Error("It should have failed.", { cause: error })
}

it("reads one value, and several in one request", async () => {
  await using program = await aProgram(({ name }) =>
    name === "readValue"
      ? disclosed("DB_PASSWORD", "s3cret")
      : { etag: '"2"', values: { a: disclosed("a", "1"), b: disclosed("b", "2") } },
  )
  const { strongroom, running } = program
  expect(await strongroom.getSecret("default", "DB_PASSWORD", { scope: "acme.payments" })).toBe("s3cret")
  expect(await strongroom.secretmanager.getSecrets("default", ["a", "b", "a"])).toEqual({ a: "1", b: "2" })
  expect(running.calls.map(({ name, input, credential }) => ({ name, input, credential }))).toEqual([
    {
      name: "readValue",
      input: { vault: "default", secret: "DB_PASSWORD", scope: "acme.payments" },
      credential: { kind: "bearer", token },
    },
    { name: "readValues", input: { vault: "default", names: ["a", "b"] }, credential: { kind: "bearer", token } },
  ])
})

it("gives what isn't text as bytes, and says so to who asked for text", async () => {
  const bytes = Buffer.from([0, 255, 128])
  await using program = await aProgram(() => disclosed("KEY", bytes.toString("base64"), { encoding: "base64" }))
  expect(Buffer.from(await program.strongroom.getSecret("default", "KEY", { as: "bytes" }))).toEqual(bytes)
  expect(await failure(program.strongroom.getSecret("default", "KEY"))).toMatchObject({ code: "unsupported" })
})

it("serves what it has for a while, and then asks whether it still holds", async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  try {
    let value = "first"
    await using program = await aProgram((call) => current(call, disclosed("A", value) as { etag: string }))
    const { strongroom, running } = program
    const readTwice = async (): Promise<string[]> => [
      await strongroom.getSecret("default", "A"),
      await strongroom.getSecret("default", "A"),
    ]
    expect(await readTwice()).toEqual(["first", "first"])
    expect(running.calls).toHaveLength(1)
    vi.setSystemTime(Date.now() + 61_000)
    expect(await readTwice()).toEqual(["first", "first"])
    expect(running.calls.map(({ request }) => request.ifNoneMatch)).toEqual([null, '"first"'])
    value = "second"
    vi.setSystemTime(Date.now() + 61_000)
    expect(await readTwice()).toEqual(["second", "second"])
  } finally {
    vi.useRealTimers()
  }
})

it("asks once for all who wait, and one who gives up doesn't end it for the others", async () => {
  const asked = Promise.withResolvers<unknown>()
  const answered = Promise.withResolvers<object>()
  await using program = await aProgram(() => {
    asked.resolve(undefined)
    return answered.promise
  })
  const impatient = new AbortController()
  const gaveUp = program.strongroom.getSecret("default", "A", { signal: impatient.signal })
  const others = [1, 2, 3].map(() => program.strongroom.getSecret("default", "A"))
  await asked.promise
  impatient.abort(new Error("too long"))
  await expect(gaveUp).rejects.toThrow("too long")
  answered.resolve(disclosed("A", "one"))
  expect(await Promise.all(others)).toEqual(["one", "one", "one"])
  expect(program.running.calls).toHaveLength(1)
})

it("bridges an outage with what it has, marked, and forgets what was refused", async () => {
  let code: ErrorCode | undefined
  const answer = (): object => {
    if (code !== undefined) throw new AppError(code, "No.", { retryAfterSeconds: 60 })
    return disclosed("A", "kept")
  }
  await using program = await aProgram(answer, { freshForMs: 0 })
  const { strongroom } = program
  expect(await strongroom.read("default", "A")).not.toHaveProperty("staleSince")
  code = "unavailable"
  expect(await strongroom.read("default", "A")).toMatchObject({ value: "kept", staleSince: expect.any(Date) as Date })
  expect(await failure(strongroom.read("default", "NEVER_READ"))).toMatchObject({ code: "unavailable" })
  code = "forbidden"
  expect(await failure(strongroom.read("default", "A"))).toMatchObject({
    code: "forbidden",
    requestId: expect.any(String) as string,
  })
  code = "unavailable"
  expect(await failure(strongroom.read("default", "A"))).toMatchObject({ code: "unavailable" })
})

it("bridges it up to the bound and no longer", async () => {
  let isDown = false
  const answer = (): object => {
    if (isDown) throw new AppError("unavailable", "Down.", { retryAfterSeconds: 60 })
    return disclosed("A", "kept")
  }
  await using program = await aProgram(answer, { freshForMs: 0, staleForMs: 0 })
  await program.strongroom.getSecret("default", "A")
  isDown = true
  expect(await failure(program.strongroom.getSecret("default", "A"))).toMatchObject({ code: "unavailable" })
})

it("tries a read again while Strongroom is out of reach, and a refusal or a change never", async () => {
  let failures = 2
  await using program = await aProgram(({ name }) => {
    if (name !== "readValue") throw new AppError("unavailable", "Down.")
    if (failures-- > 0) throw new AppError("unavailable", "Down.")
    return disclosed("A", "there")
  })
  const { strongroom, running } = program
  expect(await strongroom.getSecret("default", "A")).toBe("there")
  expect(running.calls).toHaveLength(3)
  const write = strongroom.api.writeVersion({ scope: "acme", vault: "default", secret: "A", value: "v" })
  expect(await failure(write)).toMatchObject({ code: "unavailable" })
  expect(running.calls).toHaveLength(4)
})

it("works out what a program's environment is, and says what comes from where", async () => {
  const entry = { vault: "default", version: 1, scope: "acme", provider: "built-in" }
  const entries = [
    { ...entry, name: "api-key", envName: "API_KEY", ref: "strongroom://acme.prod/default/api-key" },
    { ...entry, name: "KEY", envName: "KEY", ref: "strongroom://acme.prod/default/KEY", encoding: "base64" },
  ]
  const env = { API_KEY: "k", KEY: "AP+A" }
  await using program = await aProgram(() => ({ scope: "acme.prod", env, entries, unresolved: [], etag: '"7"' }))
  const set = await program.strongroom.resolve({ vaults: ["default", "shared"] })
  expect(set).toEqual({ scope: "acme.prod", env, entries, unresolved: [] })
  await program.strongroom.resolve({ project: "checkout", refs: ["strongroom:///default/KEY"], partial: true })
  expect(program.running.calls.map(({ name, input }) => [name, input])).toEqual([
    ["resolve", { vault: ["default", "shared"] }],
    ["resolveReferences", { project: "checkout", refs: ["strongroom:///default/KEY"], partial: true }],
  ])
})

it("says of each reference why it can't be resolved", async () => {
  const unresolved = [
    { name: "A", ref: "strongroom:///default/A", reason: "missing", detail: "There is no A." },
    { name: "B", ref: "strongroom:///default/B", reason: "disabled", detail: "B is disabled." },
  ]
  await using program = await aProgram(() => {
    throw new AppError("not_found", "2 references can't be resolved.", { unresolved })
  })
  const refs = unresolved.map(({ ref }) => ref)
  expect(await failure(program.strongroom.resolve({ refs }))).toMatchObject({ code: "not_found", unresolved })
})

it("watches: tells the first set and each that differs, goes on after an error, and ends with its signal", async () => {
  let version = 1
  let isDown = false
  await using program = await aProgram((call) => {
    if (isDown) throw new AppError("forbidden", "Not now.")
    return current(call, { scope: "acme", env: {}, entries: [], unresolved: [], etag: `"${String(version)}"` } as {
      etag: string
    })
  })
  const ended = new AbortController()
  const told: ResolvedSet[] = []
  const errors: unknown[] = []
  const polled = (times: number): Promise<unknown> => {
    const from = program.running.calls.length
    return vi.waitFor(() => expect(program.running.calls.length).toBeGreaterThanOrEqual(from + times))
  }
  const over = program.strongroom.watch((set) => told.push(set), {
    intervalMs: 5,
    signal: ended.signal,
    onError: (error) => errors.push(error),
  })
  await polled(3)
  expect(told).toHaveLength(1)
  version = 2
  await vi.waitFor(() => expect(told).toHaveLength(2))
  isDown = true
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0))
  isDown = false
  version = 3
  await vi.waitFor(() => expect(told).toHaveLength(3))
  ended.abort()
  await over
})

it("asks for a token whenever it needs one, and says what a bad address is", async () => {
  const tokens = ["srm_sat_1", "srm_sat_2"]
  await using program = await aProgram(() => disclosed("A", "1"), {
    freshForMs: 0,
    token: () => Promise.resolve(tokens.shift() ?? ""),
  })
  await program.strongroom.getSecret("default", "A")
  await program.strongroom.getSecret("default", "A")
  expect(program.running.calls.map(({ credential }) => credential)).toEqual([
    { kind: "bearer", token: "srm_sat_1" },
    { kind: "bearer", token: "srm_sat_2" },
  ])
  expect(() => new Strongroom({ url: "strongroom.example", token })).toThrow(/must look like/)
})

it("follows no redirect, and gives up after the time that it was told", async () => {
  const redirect = new Strongroom({
    url: "https://strongroom.example",
    token,
    fetch: () =>
      Promise.resolve(new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })),
  })
  expect(await failure(redirect.getSecret("default", "A"))).toMatchObject({ code: "internal" })
  await using silent = await aProgram(() => new Promise(() => undefined), { timeoutMs: 20 })
  expect(await failure(silent.strongroom.api.describeMe({}))).toMatchObject({ code: "timeout" })
})

it("knows the names and the absences of declared secrets", async () => {
  const declared = defineSecret("my-secrets", {
    "api-key": { description: "External API key" },
    "debug-key": { description: "For tracing", required: false },
  })
  await using program = await aProgram(({ input }) => {
    if ((input as { secret: string }).secret === "debug-key") throw new AppError("not_found", "There is none.")
    return disclosed("api-key", "k")
  })
  const key = await declared.get(program.strongroom, "api-key")
  const debug = await declared.get(program.strongroom, "debug-key")
  expectTypeOf(key).toEqualTypeOf<string>()
  expectTypeOf(debug).toEqualTypeOf<string | undefined>()
  expect([key, debug]).toEqual(["k", undefined])
  expectTypeOf(declared.get<"api-key">)
    .parameter(1)
    .toEqualTypeOf<"api-key">()
  expect(declared.manifest).toEqual({
    vault: "my-secrets",
    secrets: {
      "api-key": { description: "External API key" },
      "debug-key": { description: "For tracing", required: false },
    },
  })
})

it("is under 8 KB compressed, and needs nothing of Node", async () => {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: { lib: { entry: "clients/sdk/index.ts", formats: ["es"] }, write: false, minify: true },
  })
  const [bundle] = Array.isArray(built) ? built : [built]
  const code = bundle !== undefined && "output" in bundle ? (bundle.output[0].code ?? "") : ""
  expect(code).toContain("/api/v1/resolve")
  expect(code).not.toMatch(/node:|require\(|process\./)
  expect(gzipSync(code).byteLength).toBeLessThan(8 * 1024)
})
