/** The admin of a team puts values in by every way, and keeps them in order. No value is ever seen again. */
import type { Locator, Page } from "@playwright/test"
import { choose, drop, find, open, paste, press, take } from "../support/acts.ts"
import { browserOf, people, sessionOf } from "../support/people.ts"
import { expect, test, watch } from "../support/test.ts"
import { plantCanary, readWorld } from "../support/world.ts"

const prod = "/s/acme.payments.prod"
const team = "/s/acme.payments"

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("editor")) })

test("a typed value is stored with all that is said of it, and leaves the page", async ({ page }) => {
  await open(page, prod)
  await page.getByRole("link", { name: "New secret" }).first().click()
  await page.getByLabel("Name", { exact: true }).fill("DB_PASSWORD")
  const value = page.getByRole("textbox", { name: "Value" })
  await value.fill(plantCanary("typed", (canary) => ` ${canary}\t`))
  await expect(page.getByText(/White space is kept/)).toBeVisible()
  await page.getByLabel("Description").fill("Main database of checkout")
  await choose(page, page, "Category", "Infrastructure")
  await find(page, page, "Owner", people.editor.name)
  await page.getByLabel(/^Rotate every/).fill("90")
  await page.getByLabel("Environment name").fill("DATABASE_PASSWORD")
  await press(page, "Save secret")
  await expectSaved(page, 1)
  await expect(page.getByText("DATABASE_PASSWORD")).toBeVisible()
  await expect(page.getByText("every 90 days")).toBeVisible()
  await expect(page.getByText(`${people.editor.name}, who typed it`)).toBeVisible()
})

test("a pasted key and a dropped file are recognized without being shown", async ({ page }) => {
  const pem = plantCanary(
    "typed",
    (canary) => `-----BEGIN PRIVATE KEY-----\n${Buffer.from(canary).toString("base64")}\n-----END PRIVATE KEY-----\n`,
  )
  await startSecret(page, `${prod}/new?vault=tls`, "SIGNING_KEY")
  const value = page.getByRole("textbox", { name: "Value" })
  await paste(page, value, pem)
  await expect(page.getByText(/PEM/)).toBeVisible()
  await press(page, "Save secret")
  await expectSaved(page, 1)

  const json = plantCanary("file drop", (canary) => JSON.stringify({ user: "checkout", password: canary, host: "db" }))
  await startSecret(page, `${prod}/new`, "SERVICE_ACCOUNT")
  await drop(page, page.getByRole("textbox", { name: "Value" }), { name: "account.json", text: json })
  await expect(page.getByText(/JSON, 3 keys/)).toBeVisible()
  await press(page, "Save secret")
  await expectSaved(page, 1)
})

test("a generated value is known by nobody, and a key pair shows its public half", async ({ page }) => {
  await startSecret(page, `${prod}/new`, "SESSION_SECRET")
  await press(page, "Generate")
  await press(page, "Save secret")
  await expectSaved(page, 1)
  await expect(page.getByText("nobody: it was generated")).toBeVisible()

  await startSecret(page, `${prod}/new?vault=tls`, "JWT_KEY")
  await press(page, "Generate")
  await choose(page, page, "Generate", "Key pair: Ed25519")
  await press(page, "Save secret")
  await expectSaved(page, 1)
  await page.getByText("Public half of the key pair").click()
  await expect(page.getByText("BEGIN PUBLIC KEY")).toBeVisible()
})

test("a team's secret is there for its workspaces, until one of them has its own", async ({ page }) => {
  await startSecret(page, `${team}/new`, "LOG_TOKEN")
  await page.getByRole("textbox", { name: "Value" }).fill(plantCanary("typed"))
  await press(page, "Save secret")
  await expectSaved(page, 1)

  await startSecret(page, `${team}/new`, "DB_PASSWORD")
  await page.getByRole("textbox", { name: "Value" }).fill(plantCanary("typed"))
  await press(page, "Save secret")
  await expectSaved(page, 1)

  await open(page, prod)
  await page.getByRole("link", { name: "Effective" }).click()
  await expect(rowOf(page, "LOG_TOKEN")).toContainText("from payments")
  await expect(page.getByRole("row", { name: /DB_PASSWORD.*shadowed/i })).toHaveCount(1)
})

for (const { format, name, text, names } of importedFiles()) {
  test(`an import of ${format} previews the names and reports row by row`, async ({ page }) => {
    await open(page, `${prod}/import`)
    await drop(page, page.getByRole("textbox", { name: "Names and values" }), { name, text: text() })
    await press(page, "Preview the names")
    const rows = page.getByRole("list", { name: "Rows to import" })
    for (const one of names) await expect(rows.getByRole("listitem").filter({ hasText: one })).toContainText(/new/i)
    await press(page, `Import ${names.length} secrets`)
    await expect(page.getByText(`${names.length} of ${names.length} done`)).toBeVisible()
  })
}

test("an import says what exists and what is no name, and writes over only what was chosen", async ({ page }) => {
  await open(page, `${prod}/import`)
  const text = `STRIPE_KEY=${plantCanary("import")}\nNEW_ONE=${plantCanary("import")}\nnot a name=${plantCanary("import")}\n`
  await paste(page, page.getByRole("textbox", { name: "Names and values" }), text)
  await press(page, "Preview the names")
  const rows = page.getByRole("list", { name: "Rows to import" }).getByRole("listitem")
  await expect(rows.filter({ hasText: "STRIPE_KEY" })).toContainText(/exists/i)
  await rows.filter({ hasText: "STRIPE_KEY" }).getByRole("checkbox").click()
  await press(page, "Import 2 secrets")
  await expect(page.getByText("2 of 2 done")).toBeVisible()
  await page.getByRole("link", { name: "Show the secrets" }).click()
  await expect(rowOf(page, "STRIPE_KEY").getByRole("cell").nth(4)).toContainText("2")
})

test("a rotation queue makes all current at once, and takes all of it back", async ({ page }) => {
  await open(page, prod)
  for (const name of ["STRIPE_KEY", "SMTP_PASSWORD", "SESSION_SECRET"])
    await page.getByRole("checkbox", { name: `Select ${name}` }).click()
  await page.getByRole("group", { name: "Chosen rows" }).getByRole("link", { name: "Rotate" }).click()
  for (const name of await queuedNames(page)) {
    const form = page.getByRole("form", { name: `New value of ${name}` })
    if (name === "SESSION_SECRET") {
      await press(form, "Generate")
      await press(form, /^Next/)
      continue
    }
    await form.getByRole("textbox", { name: "Value" }).fill(plantCanary("rotation queue"))
    await form.getByRole("textbox", { name: "Value" }).press("Enter")
  }
  await press(page, "Make 3 current")
  await expect(page.getByText("3 of 3 made current")).toBeVisible()

  await press(page, "Roll back these 3")
  await press(page.getByRole("alertdialog"), "Roll back these 3")
  await expect(page.getByText("Rolled back", { exact: true })).toBeVisible()
  await open(page, `${prod}/vaults/default/STRIPE_KEY`)
  await expect(history(page).first()).toContainText("same as version 2")
})

test("whoever is second sees who was first, with what they typed still in the field", async ({
  page,
  browser,
  faults,
}, info) => {
  const other = await browserOf(browser, readWorld().baseUrl, "lead")
  await watch(other, faults, info.title)
  const theirs = await other.newPage()
  const address = `${prod}/vaults/default/DB_PASSWORD`
  for (const one of [page, theirs]) {
    await open(one, address)
    await press(one, /^New version/)
  }
  const [mine, second] = [plantCanary("typed"), plantCanary("typed")]
  await writeVersion(page, mine)
  await expectSaved(page, 2)

  await writeVersion(theirs, second)
  const dialog = theirs.getByRole("dialog", { name: /^New version/ })
  await expect(dialog.getByRole("alert")).toContainText(new RegExp(`${people.editor.name}.*version 2`))
  expect((await dialog.getByRole("textbox", { name: "Value" }).inputValue()) === second).toBe(true)
  await press(dialog, "Save mine as version 3")
  await expectSaved(theirs, 3)
  await other.close()
})

test("a version is rolled back to, disabled, enabled; an old one is destroyed by who may", async ({
  page,
  browser,
  faults,
}, info) => {
  await open(page, `${prod}/vaults/default/DB_PASSWORD`)
  await take(page, "Actions on version 1", "Make current…")
  await press(page.getByRole("alertdialog"), "Make version 4 from version 1")
  await expect(history(page).first()).toContainText("same as version 1")
  await take(page, "Actions on version 2", "Disable…")
  await press(page.getByRole("alertdialog"), "Disable version 2")
  await expect(history(page).nth(2)).toContainText("Disabled")
  await take(page, "Actions on version 2", "Enable")
  await press(page.getByRole("alertdialog"), "Enable version 2")
  await expect(history(page).nth(2)).toContainText("Previous")

  const owners = await browserOf(browser, readWorld().baseUrl, "owner")
  await watch(owners, faults, info.title)
  const theirs = await owners.newPage()
  await open(theirs, `${prod}/vaults/default/DB_PASSWORD`)
  await take(theirs, "Actions on version 3", "Destroy…")
  await theirs.getByRole("alertdialog").getByRole("textbox").fill("DB_PASSWORD")
  await press(theirs.getByRole("alertdialog"), "Destroy version 3")
  await expect(history(theirs).nth(1)).toContainText("Destroyed")
  await owners.close()
})

test("a secret is disabled, deleted, restored, and at last destroyed", async ({ page, browser, faults }, info) => {
  const address = `${prod}/vaults/default/NEW_ONE`
  await open(page, address)
  await press(page, "Disable")
  await press(page.getByRole("alertdialog"), "Disable")
  await press(page, "Enable")
  await press(page.getByRole("alertdialog"), "Enable")
  await expect(page.getByRole("button", { name: "Disable" })).toBeVisible()
  await remove(page)
  await open(page, `${prod}?state=deleted`)
  await page.getByRole("link", { name: "NEW_ONE" }).click()
  await press(page, "Restore")
  await press(page.getByRole("alertdialog"), "Restore")
  await expect(page.getByRole("button", { name: "Disable" })).toBeVisible()

  const owners = await browserOf(browser, readWorld().baseUrl, "owner")
  await watch(owners, faults, info.title)
  const theirs = await owners.newPage()
  await open(theirs, address)
  await take(theirs, "More actions", "Destroy…")
  await theirs.getByRole("alertdialog").getByRole("textbox").fill("NEW_ONE")
  await press(theirs.getByRole("alertdialog"), "Destroy for good")
  await expect(theirs).toHaveURL(prod)
  await expect(theirs.getByRole("link", { name: "SMTP_PASSWORD" })).toBeVisible()
  await expect(theirs.getByRole("link", { name: "NEW_ONE" })).toHaveCount(0)
  await owners.close()
})

function importedFiles(): { format: string; name: string; text: () => string; names: string[] }[] {
  const planted = (): string => plantCanary("import")
  return [
    {
      format: ".env",
      name: ".env",
      names: ["STRIPE_KEY", "SMTP_PASSWORD"],
      text: () => `# mail and money\nSTRIPE_KEY=${planted()}\nSMTP_PASSWORD=${planted()}\n`,
    },
    {
      format: "JSON",
      name: "values.json",
      names: ["SENTRY_DSN", "REDIS_URL"],
      text: () => JSON.stringify({ SENTRY_DSN: planted(), REDIS_URL: planted() }),
    },
    {
      format: "YAML",
      name: "values.yaml",
      names: ["KAFKA_PASSWORD", "GRPC_TOKEN"],
      text: () => `KAFKA_PASSWORD: ${JSON.stringify(planted())}\nGRPC_TOKEN: ${JSON.stringify(planted())}\n`,
    },
    {
      format: "CSV",
      name: "values.csv",
      names: ["FTP_PASSWORD", "LDAP_PASSWORD"],
      text: () =>
        `name,value\nFTP_PASSWORD,"${planted().replaceAll('"', '""')}"\nLDAP_PASSWORD,"${planted().replaceAll('"', '""')}"\n`,
    },
  ]
}

async function startSecret(page: Page, address: string, name: string): Promise<void> {
  await open(page, address)
  await page.getByLabel("Name", { exact: true }).fill(name)
}

async function expectSaved(page: Page, version: number): Promise<void> {
  await expect(page.getByText(`Version ${version} is current`).first()).toBeVisible()
  await expect(page.getByRole("textbox", { name: "Value" })).toHaveCount(0)
}

async function writeVersion(page: Page, value: string): Promise<void> {
  const dialog = page.getByRole("dialog", { name: /^New version/ })
  await dialog.getByRole("textbox", { name: "Value" }).fill(value)
  await press(dialog, /^Save version/)
}

async function remove(page: Page): Promise<void> {
  await take(page, "More actions", "Delete…")
  await press(page.getByRole("alertdialog"), /^Delete until/)
  await expect(page).toHaveURL(prod)
}

async function queuedNames(page: Page): Promise<string[]> {
  const queue = page.getByRole("list", { name: "Queue" }).getByRole("listitem")
  await expect(queue).toHaveCount(3)
  return Promise.all((await queue.all()).map(async (item) => (await item.innerText()).split("\n")[0] ?? ""))
}

function rowOf(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name: new RegExp(`^${name}`) }) })
}

function history(page: Page): Locator {
  return page.getByRole("list", { name: "History" }).getByRole("listitem")
}
