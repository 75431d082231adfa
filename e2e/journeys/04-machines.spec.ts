/** The lead lets a machine read, sees what it runs, and takes it back. */
import type { Page } from "@playwright/test"
import { open, press, takeWhatIsShownOnce } from "../support/acts.ts"
import { ageSignIns } from "../support/database.ts"
import { ask } from "../support/machine.ts"
import { people, sessionOf } from "../support/people.ts"
import { expect, test } from "../support/test.ts"
import { plantCanary, recall, remember } from "../support/world.ts"

const prod = "/s/acme.payments.prod"
const read = "/api/v1/vaults/default/secrets/DB_PASSWORD/value"

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("lead")) })

test("a service account reads nothing until it is granted something, which asks for the password", async ({ page }) => {
  await open(page, `${prod}/service-accounts`)
  await press(page, "New service account")
  const dialog = page.getByRole("dialog", { name: "New service account" })
  await dialog.getByLabel("Name").fill("checkout")
  await dialog.getByLabel("Description").fill("The shop's servers")
  await press(dialog, "Make it")
  await expect(page).toHaveURL(`${prod}/service-accounts/checkout`)
  await expect(page.getByText("Nothing was granted to it.")).toBeVisible()

  await ageSignIns(people.lead.email)
  await grant(page, "Read")
  const question = page.getByRole("dialog", { name: "Confirm that it is you" })
  await question.getByLabel("Your password").fill("not the password")
  await press(question, "Confirm")
  await expect(question.getByText("This isn't your password.")).toBeVisible()
  await question.getByLabel("Your password").fill(people.lead.password)
  await press(question, "Confirm")
  await expect(page.getByRole("list", { name: "Grants" })).toContainText("reads every vault")
  await expect(page.getByRole("link", { name: "DB_PASSWORD" }).first()).toBeVisible()
})

test("a token is shown once", async ({ page }) => {
  remember({ checkoutToken: await issue(page, "checkout", "shop server 1") })
  await page.reload()
  await expect(page.getByText("shop server 1")).toBeVisible()
  expect(await page.content()).not.toContain(recall().checkoutToken)
})

test("a machine reads one value, several, and the effective set of its workspace", async () => {
  const token = recall().checkoutToken ?? ""
  const one = await ask(token, read)
  expect(one.status).toBe(200)
  expect(one.headers.get("cache-control")).toContain("no-store")
  expect(await one.json()).toMatchObject({ scope: "acme.payments.prod", name: "DB_PASSWORD", version: 4 })

  const etag = one.headers.get("etag") ?? ""
  expect((await ask(token, read, { headers: { "if-none-match": etag } })).status).toBe(304)

  const several = await ask(token, "/api/v1/vaults/default/values", { body: { names: ["STRIPE_KEY", "REDIS_URL"] } })
  expect(Object.keys(((await several.json()) as { values: object }).values).sort()).toEqual(["REDIS_URL", "STRIPE_KEY"])
  const withUnknown = await ask(token, "/api/v1/vaults/default/values", {
    body: { names: ["STRIPE_KEY", "NOT_THERE"] },
  })
  expect(withUnknown.status).toBe(404)

  const resolved = await ask(token, "/api/v1/resolve")
  const { entries } = (await resolved.json()) as { entries: { name: string; scope: string; envName: string }[] }
  const winners = new Map(entries.map(({ name, scope, envName }) => [name, { scope, envName }]))
  expect(winners.get("DB_PASSWORD")).toEqual({ scope: "acme.payments.prod", envName: "DATABASE_PASSWORD" })
  expect(winners.get("LOG_TOKEN")).toEqual({ scope: "acme.payments", envName: "LOG_TOKEN" })
  remember({ machineToken: token, machineReads: read })
})

test("a secret says who can read it, and who still runs an old version", async ({ page }) => {
  await open(page, `${prod}/vaults/default/DB_PASSWORD`)
  const readers = page.getByRole("list", { name: "Service accounts that may read it" })
  await expect(readers).toContainText("checkout")
  await expect(readers).toContainText(`by ${people.lead.name}`)
  await expect(readers).toContainText("Self-granted")
  await expect(page.getByText("Self-granted").first()).toBeVisible()

  await press(page, /^New version/)
  const dialog = page.getByRole("dialog", { name: /^New version/ })
  await dialog.getByRole("textbox", { name: "Value" }).fill(plantCanary("typed"))
  await press(dialog, "Save version 5")
  await expect(page.getByText("0 of 1 on version 5, 1 still on 4")).toBeVisible()
  expect((await ask(recall().checkoutToken ?? "", read)).status).toBe(200)
  await page.reload()
  await expect(page.getByText("1 of 1 on version 5")).toBeVisible()
})

test("a machine that was granted writing puts a version in, and reads nothing", async ({ page }) => {
  await open(page, `${prod}/service-accounts`)
  await press(page, "New service account")
  const dialog = page.getByRole("dialog", { name: "New service account" })
  await dialog.getByLabel("Name").fill("rotator")
  await press(dialog, "Make it")
  await expect(page).toHaveURL(`${prod}/service-accounts/rotator`)
  await grant(page, "Write")
  await expect(page.getByRole("list", { name: "Grants" })).toContainText("writes every vault")
  const token = await issue(page, "rotator", "nightly")
  const secret = "/api/v1/scopes/acme.payments.prod/vaults/default/secrets/KAFKA_PASSWORD/versions"
  const written = await ask(token, secret, { body: { value: plantCanary("machine write"), expectedVersion: 1 } })
  expect(written.status).toBe(200)
  expect((await ask(token, "/api/v1/vaults/default/secrets/KAFKA_PASSWORD/value")).status).toBe(404)
})

test("a revoked token and a revoked grant are dead on the next request", async ({ page }) => {
  const token = await issue(page, "checkout", "old server")
  expect((await ask(token, read)).status).toBe(200)
  await press(page, "Revoke the token old server")
  await press(page.getByRole("alertdialog"), "Revoke the token")
  await expect(page.getByText("Revoked", { exact: true })).toBeVisible()
  expect((await ask(token, read)).status).toBe(401)

  const rotator = await issue(page, "rotator", "once more")
  await press(page, /^Revoke the grant/)
  await press(page.getByRole("alertdialog"), "Revoke the grant")
  await expect(page.getByText("Nothing was granted to it.")).toBeVisible()
  const secret = "/api/v1/scopes/acme.payments.prod/vaults/default/secrets/KAFKA_PASSWORD/versions"
  expect((await ask(rotator, secret, { body: { value: plantCanary("machine write") } })).ok).toBe(false)
})

async function grant(page: Page, access: "Read" | "Write"): Promise<void> {
  await press(page, /^Grant access/)
  const dialog = page.getByRole("dialog", { name: /^Grant / })
  await dialog.getByRole("radio", { name: new RegExp(`^${access}`) }).check()
  await press(dialog, "Grant")
}

async function issue(page: Page, account: string, name: string): Promise<string> {
  await open(page, `${prod}/service-accounts/${account}`)
  await press(page, /^Issue a token/)
  const dialog = page.getByRole("dialog", { name: /^Issue a token/ })
  await dialog.getByLabel("Name", { exact: true }).fill(name)
  await press(dialog, "Issue the token")
  return takeWhatIsShownOnce(page, "The access token")
}
