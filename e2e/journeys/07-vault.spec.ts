/**
 * The lead has the address of a Vault: registers it, keeps secrets there, and sees what others do there. The server is
 * a real OpenBao, and a client of the test's own looks at it from the other side.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Locator, Page } from "@playwright/test"
import { type SealableOpenBao, startSealableOpenBao } from "../../lib/testing/servers.ts"
import { choose, open, press, take, takeWhatIsShownOnce } from "../support/acts.ts"
import { ageSignIns } from "../support/database.ts"
import { ask } from "../support/machine.ts"
import { people, sessionOf } from "../support/people.ts"
import { expect, expectAccessible, test } from "../support/test.ts"
import { plantCanary, recall, searchFor } from "../support/world.ts"

const scope = "acme.payments.staging"
const staging = `/s/${scope}`
const place = `staging/${scope}/default`

let server: SealableOpenBao

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("lead")) })
test.describe.configure({ mode: "serial" })

test.beforeAll(async () => {
  server = await startSealableOpenBao()
  await server.root.enableKv("kv", "2")
})
test.afterAll(() => server[Symbol.asyncDispose]())

test("there is no backend yet, and the page says how to have one", async ({ page }) => {
  await open(page, `${staging}/providers`)
  await expect(page.getByRole("row", { name: /built-in/ })).toContainText("Default")
  await page.getByRole("link", { name: "Register a provider" }).click()
  await expect(page.getByRole("heading", { name: "Register a provider" })).toBeVisible()
  await expect(page.getByRole("button", { name: "Register vault" })).toBeDisabled()
})

test("a private address is refused with the exact entry that would let it through", async ({ page }) => {
  await startRegistration(page, { address: "https://10.255.255.1:8200", token: "hvs.none" })
  await check(page)
  const line = page.locator("[data-line=reachable]")
  await expect(line).toContainText("STRONGROOM_EGRESS_ALLOW")
  await expect(line.locator("pre")).toHaveText("10.255.255.1:8200")
  await expect(line.getByRole("link", { name: "Send this entry to the operator" })).toHaveAttribute(
    "href",
    /^mailto:.*10\.255\.255\.1%3A8200/,
  )
  await expect(page.getByRole("button", { name: "Register vault" })).toBeDisabled()
})

test("a token that is too weak: each missing capability is named, and the pasted policy mends it", async ({ page }) => {
  await server.root.writePolicy("weak", `path "kv/data/staging/*" { capabilities = ["create", "read", "update"] }`)
  const { token } = await server.root.createToken({ policies: ["weak"], orphan: true, period: "768h" })
  await startRegistration(page, { token: searchFor("provider credential", token) })
  await check(page)
  for (const missing of ["metadata.read", "list", "metadata.write", "delete", "undelete", "destroy"]) {
    await expect(page.locator(`[data-line="capability.${missing}"]`)).toContainText(/To mend/)
  }
  const policy = (await page.getByRole("region", { name: "The policy to give it" }).textContent()) ?? ""
  expect(policy).toContain('path "kv/metadata/staging/*"')
  await expectAccessible(page)

  await server.root.writePolicy("weak", policy)
  await press(page, "Check again")
  await expect(page.getByText("1 to consider")).toBeVisible()
  await expect(page.locator("[data-line=tls]")).toContainText("Plain HTTP")
  await expect(page.getByText(/^\d+ rights that it needs are there$/)).toBeVisible()
})

test("a draft brings back everything but the credential", async ({ page }) => {
  await open(page, `${staging}/providers`)
  const drafts = page.getByRole("list", { name: "Drafts" })
  await expect(drafts.getByRole("listitem").first()).toBeVisible()
  await drafts.getByRole("link", { name: "Go on" }).first().click()
  await expect(field(page, "Address")).toHaveValue(server.address)
  await expect(field(page, "Prefix")).toHaveValue("staging")
  await expect(page.getByLabel("Token", { exact: true })).toHaveValue("")
  await expect(page.getByText("The credential wasn't kept")).toBeVisible()
})

test("a token that is too strong is warned of, and needs a deliberate tick", async ({ page }) => {
  await startRegistration(page, { token: searchFor("admin token", server.rootToken) })
  await check(page)
  await expect(page.locator("[data-line=root_token]")).toContainText("This is a root token")
  await takePicture(page, "register-check")
  const register = page.getByRole("button", { name: "Register vault" })
  await expect(register).toBeDisabled()
  for (const box of await consents(page).getByRole("checkbox").all()) await box.click()
  await expect(register).toBeEnabled()

  await field(page, "Prefix").fill("other")
  await expect(register).toBeDisabled()
  await expect(page.getByText("Something was changed since the check.")).toBeVisible()
})

test("the lead registers it with a token of its own, and the workspace's secrets move there", async ({ page }) => {
  await startSecret(page, "OLD_TOKEN", plantCanary("typed"))
  await ageSignIns(people.lead.email)
  const policy = (await server.root.readPolicy("weak")) ?? ""
  await server.root.writePolicy("strongroom-staging", policy)
  const { token } = await server.root.createToken({ policies: ["strongroom-staging"], orphan: true, period: "768h" })
  await startRegistration(page, { token: searchFor("provider credential", token) })
  await check(page)
  for (const box of await consents(page).getByRole("checkbox").all()) await box.click()
  await expect(page.getByText(/^Move the workspace's \d+ secrets? too$/)).toBeVisible()
  await press(page, "Register vault")

  const question = page.getByRole("dialog", { name: "Confirm that it is you" })
  await question.getByLabel("Your password").fill(people.lead.password)
  await press(question, "Confirm")
  await expect(page.getByRole("heading", { name: "Move to vault" })).toBeVisible()
  await expect(page.getByText(/^(\d+) of \1 moved$/)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole("list", { name: "Result of each secret" })).toContainText("Moved")
  expect(await kv().listAll()).toContain(`${place}/OLD_TOKEN`)

  await open(page, `${staging}/providers/vault`)
  await expect(page.getByText("Keep new secrets").or(page.getByText(`New secrets of ${scope}`))).toBeVisible()
  await expect(page.getByText("Send values over plain HTTP")).toBeVisible()
  await takePicture(page, "provider")
  await expectAccessible(page)
})

test("a value that is typed, rotated and rolled back lives at the backend", async ({ page }) => {
  const [first, second] = [plantCanary("typed"), plantCanary("typed")]
  await startSecret(page, "API_KEY", first)
  await expect(
    page
      .getByText(`kv/${place}/API_KEY`)
      .or(page.getByText(`${place}/API_KEY`))
      .first(),
  ).toBeVisible()
  expect(await valueAt("API_KEY")).toBe(first)
  expect(await kv().metadata(`${place}/API_KEY`)).toMatchObject({ current_version: 1 })

  await press(page, /^New version/)
  const dialog = page.getByRole("dialog", { name: /^New version/ })
  await dialog.getByRole("textbox", { name: "Value" }).fill(second)
  await press(dialog, "Save version 2")
  await expect(page.getByText("version 2, set")).toBeVisible()
  expect(await valueAt("API_KEY")).toBe(second)

  await press(page, "Roll back…")
  await press(page.getByRole("alertdialog"), "Make version 3 from version 1")
  await expect(history(page).first()).toContainText("same as version 1")
  expect(await valueAt("API_KEY")).toBe(first)
  expect(await kv().metadata(`${place}/API_KEY`)).toMatchObject({ current_version: 3 })
})

test("what others change there is seen: accepted, or put back", async ({ page }) => {
  await open(page, secretPage("API_KEY"))
  const own = await valueAt("API_KEY")
  await kv().put(`${place}/API_KEY`, { value: plantCanary("at the backend") })
  await press(page, "Look now")
  await expect(page.getByText(/^Changed at the backend on .*: version 4 is current$/)).toBeVisible()
  await expect(history(page).first()).toContainText("Changed at the backend")
  await takePicture(page, "drift")
  await expectAccessible(page)
  await press(page, "Accept…")
  await press(page.getByRole("alertdialog"), "Accept it")
  await expect(page.getByText(/^Changed at the backend on /)).toHaveCount(0)

  await kv().put(`${place}/API_KEY`, { value: plantCanary("at the backend") })
  await press(page, "Look now")
  await press(page, "Put back…")
  await press(page.getByRole("alertdialog"), "Make version 6 from version 3")
  await expect(history(page).first()).toContainText("same as version 3")
  await expect(page.getByText(/^Changed at the backend on /)).toHaveCount(0)
  expect(await valueAt("API_KEY")).toBe(own)
})

test("a version is deleted where it is kept, and brought back", async ({ page }) => {
  await open(page, secretPage("API_KEY"))
  await take(page, "Actions on version 2", "Delete…")
  await press(page.getByRole("alertdialog"), "Delete version 2")
  await expect(history(page).filter({ hasText: "v2" })).toContainText("Deleted")
  expect((await kv().metadata(`${place}/API_KEY`))?.versions["2"]?.deletion_time).not.toBe("")
  await take(page, "Actions on version 2", "Restore")
  await press(page.getByRole("alertdialog"), "Restore version 2")
  await expect(history(page).filter({ hasText: "v2" })).toContainText("Previous")
  expect((await kv().metadata(`${place}/API_KEY`))?.versions["2"]?.deletion_time).toBe("")
})

test("while it is sealed the page says what stopped, and it heals after the unseal", async ({ page }) => {
  await open(page, `${staging}/providers/vault`)
  await server.seal()
  await press(page, /^Check now/)
  await expect(page.getByText("What stopped working")).toBeVisible()
  await expect(page.getByRole("list", { name: "Secrets that depend on it" })).toContainText("API_KEY")
  await expect(page.getByText("Sealed").first()).toBeVisible()
  await takePicture(page, "sealed")
  await expectAccessible(page)
  await open(page, `${staging}/notices`)
  const notice = page.getByRole("list", { name: "Notices" }).getByRole("listitem").filter({ hasText: "is sealed" })
  await expect(notice.first()).toContainText("Open")
  await expect(page.getByRole("link", { name: /^Notices: .* open$/ })).toBeVisible()

  await server.unseal()
  await open(page, `${staging}/providers/vault`)
  await press(page, /^Check now/)
  await expect(page.getByText("If it is sealed or down")).toBeVisible()
})

test("what lies there already is adopted: a whole secret, or one field of one", async ({ page }) => {
  await kv().put("staging/legacy/config", { user: "checkout", password: plantCanary("at the backend") })
  await kv().put("staging/legacy/hook", { value: plantCanary("at the backend") })
  await open(page, `${staging}/providers/vault/adopt`)
  await page.getByRole("button", { name: "legacy/" }).click()
  await page.getByRole("checkbox", { name: "Adopt hook" }).click()
  await press(page, "Fields of config")
  await page.getByRole("list", { name: "Fields of config" }).getByText("password").click()
  await page.getByLabel("Name of config, password").fill("LEGACY_PASSWORD")
  await page.getByLabel("Name of hook").fill("LEGACY_HOOK")
  await takePicture(page, "adopt")
  await expectAccessible(page)
  await press(page, "Adopt 2 secrets")
  const rows = page.getByRole("list", { name: "Result of each" }).getByRole("listitem")
  await expect(rows.filter({ hasText: "LEGACY_PASSWORD" })).toContainText("Adopted")
  await expect(rows.filter({ hasText: "LEGACY_HOOK" })).toContainText("Adopted")

  await open(page, secretPage("LEGACY_PASSWORD"))
  await expect(page.getByText("External: Strongroom only reads it")).toBeVisible()
  await expect(page.getByRole("button", { name: /^New version/ })).toHaveCount(0)
  await press(page, "Manage…")
  await press(page.getByRole("alertdialog"), "Manage it")
  await expect(page.getByRole("button", { name: /^New version/ })).toBeVisible()

  await open(page, secretPage("LEGACY_HOOK"))
  await press(page, "Release…")
  await press(page.getByRole("alertdialog"), "Release it")
  await expect(page).toHaveURL(staging)
  expect(await kv().metadata("staging/legacy/hook")).toBeDefined()
})

test("chosen secrets move to another provider, and are removed at the old one when that is asked", async ({ page }) => {
  await open(page, staging)
  await page.getByRole("checkbox", { name: "Select OLD_TOKEN" }).click()
  await press(page.getByRole("group", { name: "Chosen rows" }), "Change provider")
  const dialog = page.getByRole("dialog", { name: "Move to another provider" })
  await choose(page, dialog, "To", "built-in")
  await expect(dialog.getByText("From vault to built-in")).toBeVisible()
  await dialog.getByRole("checkbox", { name: "Then remove each at its old place" }).click()
  await press(dialog, "Move 1 secret to built-in")
  await expect(page.getByRole("heading", { name: "Move to built-in" })).toBeVisible()
  await expect(page.getByText("1 of 1 moved")).toBeVisible({ timeout: 60_000 })
  expect(await kv().metadata(`${place}/OLD_TOKEN`)).toBeUndefined()
})

test("a webhook is told, by messages that are signed with a key that is shown once", async ({ page }) => {
  await using receiver = await startReceiver()
  await open(page, `${staging}/settings`)
  await press(page, "New webhook")
  const dialog = page.getByRole("dialog", { name: "New webhook" })
  await dialog.getByLabel("Address").fill(receiver.address)
  await press(dialog, "Make it")
  const key = await takeWhatIsShownOnce(page, "The signing key")
  await press(page, `Send a test to ${receiver.address}`)
  await expect(page.getByText("The test was delivered")).toBeVisible()
  expect(receiver.bodies).toHaveLength(1)
  await page.reload()
  await expect(page.getByRole("list", { name: "Webhooks" })).toContainText(receiver.address)
  expect(await page.content()).not.toContain(key)
})

test("from an admin token, Strongroom makes a team's own, and the admin token is forgotten", async ({ page }) => {
  const { token } = await server.root.createToken({ policies: ["root"], ttl: "1h" })
  await open(page, `${staging}/providers/new`)
  await field(page, "Name").fill("team-vault")
  await field(page, "Address").fill(server.address)
  await field(page, "Mount").fill("team")
  await field(page, "Prefix").fill("checkout")
  await page.getByRole("radio", { name: /^Let Strongroom make a team token/ }).check()
  await page.getByRole("checkbox", { name: "Make the mount" }).click()
  await choose(page, page, "Default for", "No scope yet")
  await press(page, "Show the plan")
  await expect(page.getByRole("list", { name: "What will be made" })).toContainText("policy")
  await expect(page.getByRole("region", { name: "The policy of the new token" })).toContainText("team/data/checkout/*")
  await page.getByLabel("Admin token", { exact: true }).fill(searchFor("admin token", token))
  for (const box of await consents(page).getByRole("checkbox").all()) await box.click()
  await press(page, "Make the token and register team-vault")
  await expect(page.getByText("The admin token was used once, and is forgotten.")).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole("list", { name: "Made at the backend" })).toContainText("To undo it")
  await expect(page.getByLabel("Admin token", { exact: true })).toHaveValue("")
  await takePicture(page, "bootstrap")
  expect(Object.keys(await server.root.mounts())).toContain("team/")
  await page.getByRole("link", { name: "Open team-vault" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "team-vault" })).toBeVisible()
})

test("a provider that keeps secrets can't be unregistered; an empty one can, and its backend stays", async ({
  page,
}) => {
  await open(page, `${staging}/providers/vault`)
  await take(page, "More actions", "Unregister…")
  await press(page.getByRole("alertdialog"), "Unregister")
  await expect(page.getByRole("alertdialog").getByRole("alert")).toBeVisible()
  await press(page.getByRole("alertdialog"), "Cancel")

  await open(page, `${staging}/providers/team-vault`)
  await take(page, "More actions", "Unregister…")
  await press(page.getByRole("alertdialog"), "Unregister")
  await expect(page).toHaveURL(`${staging}/providers`)
  await expect(page.getByRole("row", { name: /team-vault/ })).toHaveCount(0)
  expect(Object.keys(await server.root.mounts())).toContain("team/")
})

test("no credential is in what the API tells of a provider", async () => {
  const { auditorToken = "" } = recall()
  for (const path of ["providers", "providers/vault", "providers/vault/health"]) {
    const answer = await ask(auditorToken, `/api/v1/scopes/${scope}/${path}`)
    expect(answer.status, path).toBe(200)
    expect(await answer.text()).not.toContain(server.rootToken)
  }
})

// --- what the steps are made of

function kv() {
  return server.root.kvV2("kv")
}

async function valueAt(name: string): Promise<unknown> {
  return (await kv().get(`${place}/${name}`))?.value
}

function secretPage(name: string): string {
  return `${staging}/vaults/default/${name}`
}

function field(page: Page, name: string): Locator {
  return page.getByRole("textbox", { name: new RegExp(`^${name}\\b(?!space)`) })
}

function consents(page: Page): Locator {
  return page.getByRole("group", { name: "What you accept" })
}

function history(page: Page): Locator {
  return page.getByRole("list", { name: "History" }).getByRole("listitem")
}

async function startRegistration(
  page: Page,
  { address = server.address, token }: { address?: string; token: string },
): Promise<void> {
  await open(page, `${staging}/providers/new`)
  await field(page, "Address").fill(address)
  await field(page, "Mount").fill("kv")
  await field(page, "Prefix").fill("staging")
  await page.getByLabel("Token", { exact: true }).fill(token)
}

/** Presses the button and waits for the check's end; a refused address ends at once. */
async function check(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Check", exact: true }).click()
  await expect(page.getByText(/\d to (?:mend|consider)|^All \d+ passed$/).first()).toBeVisible({ timeout: 30_000 })
}

async function startSecret(page: Page, name: string, value: string): Promise<void> {
  await open(page, `${staging}/new`)
  await page.getByLabel("Name", { exact: true }).fill(name)
  await page.getByRole("textbox", { name: "Value" }).fill(value)
  await press(page, "Save secret")
  await expect(page.getByText("Version 1 is current")).toBeVisible()
}

/** Somebody who is told: answers 204 and keeps what came. */
async function startReceiver(): Promise<{ address: string; bodies: string[] } & AsyncDisposable> {
  const bodies: string[] = []
  const receiver = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      bodies.push(body)
      response.writeHead(204).end()
    })
  }).listen(0, "127.0.0.1")
  await once(receiver, "listening")
  const { port } = receiver.address() as AddressInfo // it listens on a port, not on a socket
  return {
    address: `http://127.0.0.1:${String(port)}/hook`,
    bodies,
    [Symbol.asyncDispose]: async () => {
      receiver.closeAllConnections()
      receiver.close()
      await once(receiver, "close")
    },
  }
}

/** For docs/, when they are asked for. */
async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.UPDATE_SCREENSHOTS === "1" ? "docs/images" : "test-results"
  await page.screenshot({ path: `${folder}/${name}.png`, animations: "disabled" })
}
