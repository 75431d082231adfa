/** The auditor was told: show me who changed the payment keys. */
import { readFile } from "node:fs/promises"
import { choose, open, press, take, takeWhatIsShownOnce } from "../support/acts.ts"
import { ask } from "../support/machine.ts"
import { people, sessionOf } from "../support/people.ts"
import { expect, test } from "../support/test.ts"
import { plantCanary, recall, remember } from "../support/world.ts"

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("auditor")) })

test("the log reads as sentences, and its filters stand in the address", async ({ page }) => {
  await open(page, "/s/acme/audit")
  const events = page.getByRole("list", { name: "Events, newest first" }).getByRole("listitem")
  await expect(events.first()).toBeVisible()
  await take(page, "who", people.editor.name)
  await expect(page).toHaveURL(/actor=/)
  await page.getByRole("searchbox", { name: "A secret's name" }).fill("DB_PASSWORD")
  await expect(page).toHaveURL(/secret=DB_PASSWORD/)
  await expect(events.first()).toContainText(people.editor.name)
  for (const event of await events.all()) await expect(event).toContainText("DB_PASSWORD")
  await expect(events.filter({ hasText: /rolled back/i }).first()).toBeVisible()

  const shared = page.url()
  await open(page, shared)
  await expect(events.first()).toContainText("DB_PASSWORD")
  await events.first().locator("summary").click()
  await expect(events.first()).toContainText(/hash/)
})

test("what was refused is in the log too", async ({ page }) => {
  await open(page, "/s/acme/audit?outcome=denied")
  await expect(page.getByRole("list", { name: "Events, newest first" }).getByRole("listitem").first()).toBeVisible()
})

test("a secret's page leads to its own log, and offers no way to change it", async ({ page }) => {
  await open(page, "/s/acme.payments.prod/vaults/default/DB_PASSWORD")
  await expect(page.getByRole("list", { name: "History" }).getByRole("listitem")).toHaveCount(5)
  await expect(page.getByRole("button", { name: /New version|Disable/ })).toHaveCount(0)
  await take(page, "More actions", "Audit log of this secret")
  await expect(page).toHaveURL(/\/s\/acme\.payments\.prod\/audit\?secret=/)
  await expect(page.getByText("one secret")).toBeVisible()
})

for (const { format, line } of [
  { format: "jsonl", line: /^JSON lines/ },
  { format: "csv", line: /^CSV/ },
] as const) {
  test(`what is filtered is exported as ${format}`, async ({ page }) => {
    await open(page, "/s/acme/audit?secret=DB_PASSWORD&class=change")
    const [download] = await Promise.all([page.waitForEvent("download"), take(page, "Export", line)])
    const lines = (await readFile(await download.path(), "utf8")).trimEnd().split(/\r?\n/)
    const events = format === "csv" ? lines.slice(1) : lines
    expect(events.length).toBeGreaterThan(4)
    for (const event of events) expect(event).toContain("DB_PASSWORD")
    expect(download.suggestedFilename()).toMatch(new RegExp(`\\.${format}$`))
  })
}

test("a personal token does what its owner may, and never reads a value", async ({ page }) => {
  await open(page, "/account")
  await press(page, /^New token/)
  const dialog = page.getByRole("dialog", { name: "New personal token" })
  await dialog.getByLabel("Name").fill("reports")
  await choose(page, dialog, "Expires", "after 7 days")
  await press(dialog, "Make the token")
  const auditorToken = await takeWhatIsShownOnce(page, "The personal token")
  remember({ auditorToken })

  expect((await ask(auditorToken, "/api/v1/scopes/acme/audit?limit=1")).status).toBe(200)
  expect((await ask(auditorToken, recall().machineReads ?? "")).status).toBe(403)
  const secrets = "/api/v1/scopes/acme.payments.prod/vaults/default/secrets"
  const refused = await ask(auditorToken, secrets, { body: { name: "MINE", value: plantCanary("API") } })
  expect(refused.status).toBe(403)
})

test.describe("an editor's own token", () => {
  test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("editor")) })

  test("keeps a secret over the API, and says what is wrong without repeating the value", async ({ page }) => {
    await open(page, "/account")
    await press(page, /^New token/)
    const dialog = page.getByRole("dialog", { name: "New personal token" })
    await dialog.getByLabel("Name").fill("scripts")
    await press(dialog, "Make the token")
    const token = await takeWhatIsShownOnce(page, "The personal token")
    const secrets = "/api/v1/scopes/acme.payments.prod/vaults/default/secrets"
    const made = await ask(token, secrets, { body: { name: "FROM_API", value: plantCanary("API") } })
    expect(made.status).toBe(200)

    const value = plantCanary("API")
    for (const body of [
      { name: "../x", value },
      { name: "FROM_API", value },
      { name: "OTHER", value: [value] },
    ]) {
      const refused = await ask(token, secrets, { body })
      expect(refused.status).toBeGreaterThanOrEqual(400)
      expect((await refused.text()).includes(value.slice(5, 25))).toBe(false)
    }
  })
})
