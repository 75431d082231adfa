/**
 * `npm run bench:console`: the console's pages in headless Chromium, each loaded with an empty cache, against an empty
 * page of the same Next, in turns. For each: the server's time until the page's first byte and until its last, the
 * largest contentful paint, and the bytes of script as they were sent. Wants the console's build (`npm run build`).
 *
 *   node bench/console.ts [--rounds 5] [--secrets 500]
 */
import { existsSync, rmSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright"
import type { House } from "../lib/core/context.ts"
import { openCore } from "../lib/core/core.ts"
import { newSetupCode } from "../lib/core/identity/setup.ts"
import { buildEmptyApp } from "./measuring/empty-app.ts"
import type { EmptyConsolePlan } from "./measuring/empty-console.ts"
import { anInstallation } from "./measuring/installation.ts"
import { answerOf, start } from "./measuring/processes.ts"
import { median, spread } from "./measuring/rounds.ts"

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, secrets: { type: "string", default: "500" } },
})
const root = join(import.meta.dirname, "..")
const owner = { name: "Ada Wren", email: "ada@acme.example", password: "four quiet grey herons" }
const pages = {
  secrets: "/s/acme",
  "one secret": "/s/acme/vaults/default/SECRET_1",
  people: "/s/acme/people",
  "service accounts": "/s/acme/service-accounts",
  audit: "/s/acme/audit",
}

interface Load {
  /** Milliseconds from the request to the first and to the last byte of the page itself. */
  firstByte: number
  lastByte: number
  /** Milliseconds from the navigation's start. */
  largestPaint: number
  scriptBytes: number
}

const units = {
  firstByte: { title: "first byte", divisor: 1, unit: "ms" },
  lastByte: { title: "last byte", divisor: 1, unit: "ms" },
  largestPaint: { title: "LCP", divisor: 1, unit: "ms" },
  scriptBytes: { title: "script", divisor: 1024, unit: "KiB" },
} as const satisfies Record<keyof Load, unknown>

if (!existsSync(join(root, ".next", "BUILD_ID"))) throw new Error("Build the console first: npm run build.")
const emptyApp = buildEmptyApp(root)
await using installation = await anInstallation()
try {
  await measure()
} finally {
  rmSync(emptyApp, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  await installation.fill(furnish)
  const { addresses: ours, kek } = installation
  const api = await installation.startApi()
  const console_ = await start(join(root, "lib", "process", "console.ts"), { ...ours, AUTH_SECRET: kek })
  const empty = await start(join(import.meta.dirname, "measuring", "empty-console.ts"))
  empty.send({ dir: emptyApp } satisfies EmptyConsolePlan)
  const emptyUrl = `http://127.0.0.1:${await answerOf<number>(empty)}/`
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" })
  try {
    const cookies = await signIn(browser, ours.PUBLIC_URL)
    const addresses = Object.entries(pages).map(([name, path]) => [name, ours.PUBLIC_URL + path] as const)
    print(await inRounds(browser, cookies, [["empty page", emptyUrl], ...addresses]))
  } finally {
    await browser.close()
    for (const child of [api, console_, empty]) child.disconnect()
  }
}

/** An owner, who sets up by the code that a first start prints, and secrets in the default vault. */
async function furnish(house: House): Promise<void> {
  const core = openCore(house)
  const request = { id: "bench", address: "127.0.0.1", userAgent: null, idempotencyKey: null, ifNoneMatch: null }
  const code = (await newSetupCode(house)) ?? ""
  const { token = "" } = await core.call("setUp", { kind: "none" }, { code, ...owner, organization: "acme" }, request)
  const writing = Array.from({ length: Number(options.secrets) }, (_, index) =>
    core.call(
      "createSecret",
      { kind: "bearer", token },
      { scope: "acme", vault: "default", name: `SECRET_${index}`, generate: { kind: "password" } },
      request,
    ),
  )
  await Promise.all(writing)
}

type Cookies = Awaited<ReturnType<BrowserContext["storageState"]>>

async function signIn(browser: Browser, url: string): Promise<Cookies> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/sign-in`, { waitUntil: "networkidle" })
  await page.getByLabel("E-mail").fill(owner.email)
  await page.getByLabel("Password", { exact: true }).fill(owner.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.locator(`[aria-label="Account of ${owner.name}"]`).waitFor({ state: "attached" })
  const state = await context.storageState()
  await context.close()
  return state
}

async function inRounds(
  browser: Browser,
  cookies: Cookies,
  addresses: readonly (readonly [string, string])[],
): Promise<Map<string, Load[]>> {
  const loads = new Map(addresses.map(([name]) => [name, new Array<Load>()]))
  for (const [, url] of addresses) await loadAnew(browser, cookies, url) // warms up
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const [name, url] of addresses) loads.get(name)?.push(await loadAnew(browser, cookies, url))
  }
  return loads
}

/** In a context of its own: nothing is cached. */
async function loadAnew(browser: Browser, storageState: Cookies, url: string): Promise<Load> {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 860 } })
  const page = await context.newPage()
  const answer = await page.goto(url, { waitUntil: "networkidle" })
  if (answer?.status() !== 200 || page.url() !== url)
    throw new Error(`${url} answered ${answer?.status()} at ${page.url()}.`)
  const load = await read(page)
  await context.close()
  return load
}

function read(page: Page): Promise<Load> {
  return page.evaluate(async () => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[]
    const scripts = (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).filter(({ name }) =>
      new URL(name).pathname.endsWith(".js"),
    )
    const largestPaint = await new Promise<number>((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
        type: "largest-contentful-paint",
        buffered: true,
      })
    })
    return {
      firstByte: (navigation?.responseStart ?? Number.NaN) - (navigation?.requestStart ?? Number.NaN),
      lastByte: (navigation?.responseEnd ?? Number.NaN) - (navigation?.requestStart ?? Number.NaN),
      largestPaint,
      scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    }
  })
}

function print(loads: ReadonlyMap<string, readonly Load[]>): void {
  const base = loads.get("empty page") ?? []
  for (const [name, own] of loads) {
    const told = (Object.entries(units) as [keyof Load, (typeof units)[keyof Load]][]).map(
      ([key, { title, divisor, unit }]) => {
        const values = own.map((load) => load[key] / divisor)
        const ratios = own.map((load, round) => load[key] / (base[round]?.[key] ?? Number.NaN))
        return `${title} ${spread(values)} ${unit} (× ${median(ratios).toFixed(2)})`
      },
    )
    console.log(`${name.padEnd(18)} ${told.join("   ")}`)
  }
  console.log(
    `× is the median of the rounds' ratios to the empty page. The machine's load: ${loadavg()
      .map((each) => each.toFixed(1))
      .join(", ")}`,
  )
}
