/** Every page, entered directly in each width and looked at in each colour scheme; then each from the others by links. */
import type { Page } from "@playwright/test"
import { findCanaries } from "../../lib/testing/canaries.ts"
import { open } from "../support/acts.ts"
import { sessionOf } from "../support/people.ts"
import { expect, expectAccessible, test } from "../support/test.ts"
import { plantedCanaries, recall } from "../support/world.ts"

const scope = "/s/acme.payments.prod"
const staging = "/s/acme.payments.staging"
const secret = `${scope}/vaults/default/DB_PASSWORD`

/** The heading is what the page is known by. */
const pages = [
  { name: "secrets", address: scope, heading: "Secrets" },
  { name: "secrets-effective", address: `${scope}?view=effective`, heading: "Secrets" },
  { name: "secrets-none", address: `${scope}?text=nothing-of-this-name`, heading: "Secrets" },
  { name: "organization", address: "/s/acme", heading: "Secrets" },
  { name: "new-secret", address: `${scope}/new`, heading: "New secret" },
  { name: "import", address: `${scope}/import`, heading: "Import" },
  { name: "rotate", address: `${scope}/rotate?secret=acme.payments.prod/default/STRIPE_KEY`, heading: /^Rotate/ },
  { name: "vaults", address: `${scope}/vaults`, heading: "Vaults" },
  { name: "vault", address: `${scope}/vaults/default`, heading: "default" },
  { name: "secret", address: secret, heading: "DB_PASSWORD" },
  { name: "secret-inherited", address: `${scope}/vaults/default/LOG_TOKEN`, heading: "LOG_TOKEN" },
  { name: "providers", address: `${scope}/providers`, heading: "Providers" },
  { name: "providers-registered", address: `${staging}/providers`, heading: "Providers" },
  { name: "register", address: `${staging}/providers/new`, heading: "Register a provider" },
  { name: "provider", address: `${staging}/providers/vault`, heading: "vault" },
  { name: "provider-built-in", address: `${staging}/providers/built-in`, heading: "built-in" },
  { name: "provider-settings", address: `${staging}/providers/vault/settings`, heading: "Settings of vault" },
  // What lies at a backend is looked at in the lead's journey, while its server is there.
  { name: "secret-at-vault", address: `${staging}/vaults/default/API_KEY`, heading: "API_KEY" },
  { name: "requests", address: `${staging}/approvals?show=all`, heading: "Requests for a second person" },
  { name: "moves", address: `${staging}/transfers`, heading: "Moves between providers" },
  { name: "notices", address: `${staging}/notices`, heading: "Notices" },
  { name: "service-accounts", address: `${scope}/service-accounts`, heading: "Service accounts" },
  { name: "service-account", address: `${scope}/service-accounts/checkout`, heading: "checkout" },
  { name: "people", address: "/s/acme/people", heading: "People" },
  { name: "audit", address: "/s/acme/audit", heading: "Audit" },
  { name: "settings-organization", address: "/s/acme/settings", heading: "Settings" },
  { name: "settings-workspace", address: `${scope}/settings`, heading: "Settings" },
  { name: "account", address: "/account", heading: "Your account" },
  { name: "not-found", address: `${scope}/vaults/default/NOT_THERE`, heading: /nothing here/i },
] as const

const widths = [1280, 390] as const
const schemes = ["light", "dark"] as const

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("owner")) })

for (const { name, address, heading } of pages) {
  test(`${name}, entered directly`, async ({ page }) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 860 })
      await open(page, address)
      await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible()
      await lookAt(page, `${name}-${width}`)
    }
  })
}

test.describe("for who isn't signed in", () => {
  test.use({ storageState: { cookies: [], origins: [] } })
  test("sign-in and a spent invitation", async ({ page }) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 860 })
      await open(page, "/sign-in")
      await lookAt(page, `sign-in-${width}`)
      await open(page, "/join/no-such-invitation-code")
      await lookAt(page, `join-spent-${width}`)
    }
  })
})

test("a request for a second person, in each width", async ({ page }) => {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 860 })
    await open(page, recall().waitingRequest ?? "")
    await expect(page.getByRole("heading", { name: /^An access token in/ })).toBeVisible()
    await lookAt(page, `request-${width}`)
  }
})

test("a person's page, in each width", async ({ page }) => {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 860 })
    await open(page, "/s/acme/people")
    await page.getByRole("link", { name: "Omar Reyes" }).click()
    await expect(page.getByRole("heading", { name: "Omar Reyes" })).toBeVisible()
    await lookAt(page, `person-${width}`)
  }
})

test("each page leads to every other by links, without a new document", async ({ page }) => {
  const sections = ["Secrets", "Providers", "Service accounts", "People", "Audit", "Settings"]
  await open(page, scope)
  await page.evaluate(() => Object.assign(globalThis, { isSameDocument: true }))
  const rail = page.getByRole("navigation", { name: "Pages of this scope" })
  for (const from of sections) {
    for (const to of sections) {
      if (to === from) continue
      await rail.getByRole("link", { name: from }).click()
      await expect(page.getByRole("heading", { level: 1, name: from })).toBeVisible()
      await rail.getByRole("link", { name: to }).click()
      await expect(page.getByRole("heading", { level: 1, name: to })).toBeVisible()
    }
  }
  for (const link of ["New secret", "Import", "Vaults"]) {
    await rail.getByRole("link", { name: "Secrets" }).click()
    await page.getByRole("main").getByRole("link", { name: link }).first().click()
    await expect(page.getByRole("heading", { level: 1, name: link })).toBeVisible()
  }
  await rail.getByRole("link", { name: "Secrets" }).click()
  await page.getByRole("link", { name: "DB_PASSWORD" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "DB_PASSWORD" })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible()
  expect(await page.evaluate(() => "isSameDocument" in globalThis)).toBe(true)
})

test("the policy is strict, and every answer has the headers of its kind", async ({ page, request }) => {
  const answer = await page.goto(scope)
  const policy = answer?.headers()["content-security-policy"] ?? ""
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  expect(nonce).toBeTruthy()
  expect(policy).toContain("'strict-dynamic'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).toMatch(/default-src 'none'|default-src 'self'/)
  expect(policy).toMatch(/object-src 'none'|default-src 'none'/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("base-uri 'none'")
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/)
  const second = await page.goto(scope)
  expect(second?.headers()["content-security-policy"]).not.toContain(nonce)

  for (const path of [scope, "/sign-in", "/health/live", "/api/v1/me", "/no-such-page", "/_next/static/no-such.js"]) {
    const { [path]: headers } = { [path]: (await request.get(path)).headers() }
    expect(headers?.["x-content-type-options"], path).toBe("nosniff")
    expect(headers?.["referrer-policy"], path).toMatch(/no-referrer|same-origin/)
    expect(headers?.["x-frame-options"] ?? headers?.["content-security-policy"], path).toMatch(/DENY|frame-ancestors/i)
    expect(headers?.["x-powered-by"], path).toBeUndefined()
  }
})

test("the picture for the README", async ({ page }) => {
  await open(page, scope)
  await expect(page.getByRole("link", { name: "DB_PASSWORD" })).toBeVisible()
  const path = process.env.UPDATE_SCREENSHOTS === "1" ? "docs/images/secrets.png" : "test-results/secrets.png"
  await page.screenshot({ path, animations: "disabled" })
})

/** At rest, in both schemes: fits its width, is accessible, and holds nothing of any value. */
async function lookAt(page: Page, name: string): Promise<void> {
  await expect(page.locator("[aria-label=Loading]")).toHaveCount(0)
  const sizes = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return { scrollWidth, clientWidth }
  })
  expect(sizes.scrollWidth, "nothing widens the page").toBeLessThanOrEqual(sizes.clientWidth)
  expect(findCanaries(plantedCanaries(), name, await page.content())).toEqual([])
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await page.screenshot({ path: `test-results/pages/${name}-${colorScheme}.png`, fullPage: true })
    await expectAccessible(page, colorScheme === "light" ? "all" : "colours")
  }
}
