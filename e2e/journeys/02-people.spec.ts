/** The owner makes the place: teams, workspaces, vaults, and the people who work there. */
import type { Browser, Page } from "@playwright/test"
import { choose, find, open, press, takeWhatIsShownOnce } from "../support/acts.ts"
import { browserOf, expectSignedIn, keepSession, type PersonId, people, sessionOf, signIn } from "../support/people.ts"
import { expect, test, watch } from "../support/test.ts"
import { readWorld } from "../support/world.ts"

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("owner")) })

test("the owner makes a team and its workspaces", async ({ page }) => {
  await open(page, "/s/acme/settings")
  await press(page, "New team")
  const team = page.getByRole("dialog", { name: "New team" })
  await team.getByLabel("Name", { exact: true }).fill("Payments")
  await press(team, "Make the team")
  await expect(page).toHaveURL("/s/acme.payments")

  for (const { name, environment } of [
    { name: "Prod", environment: "production" },
    { name: "Staging", environment: "staging" },
  ]) {
    await open(page, "/s/acme.payments/settings")
    await press(page, "New workspace")
    const workspace = page.getByRole("dialog", { name: "New workspace" })
    await workspace.getByLabel("Name", { exact: true }).fill(name)
    await choose(page, workspace, "Environment", environment)
    await workspace.getByLabel("Projects").fill("checkout\nrefunds")
    await press(workspace, "Make the workspace")
    await expect(page).toHaveURL(`/s/acme.payments.${name.toLowerCase()}`)
    await expect(page.getByRole("banner")).toContainText(environment)
  }
})

test("the owner makes vaults, one of them private", async ({ page }) => {
  await open(page, "/s/acme.payments.prod/vaults")
  await makeVault(page, "tls", "Certificates and their keys", "Inherited")
  await makeVault(page, "break-glass", "For emergencies", "Private")
  await expect(page.getByRole("row", { name: /break-glass/ })).toContainText("Private to this scope")

  await makeVault(page, "tls", "Again", "Inherited", { isRefused: true })
})

const invited = [
  { who: "lead", role: "lead", scope: "acme.payments", byAddress: true },
  { who: "editor", role: "editor", scope: "acme.payments", byAddress: false },
  { who: "auditor", role: "auditor", scope: "acme", byAddress: true },
] as const satisfies { who: PersonId; role: string; scope: string; byAddress: boolean }[]

for (const { who, role, scope, byAddress } of invited) {
  test(`the owner invites the ${who} by a link, who joins in another browser`, async ({
    page,
    browser,
    faults,
  }, info) => {
    await open(page, "/s/acme/people")
    await press(page, "Invite")
    const dialog = page.getByRole("dialog", { name: "Invite a person" })
    await find(page, dialog, "Scope", scope)
    await choose(page, dialog, "Role", role)
    if (byAddress) await dialog.getByLabel("E-mail").fill(people[who].email)
    await press(dialog, "Make the link")
    const link = await takeWhatIsShownOnce(page, "The invitation's link")
    expect(link).toMatch(new RegExp(`^${readWorld().baseUrl}/join/`))

    await joinBy(link, who, byAddress, browser, faults, info.title)
    await page.reload()
    await expect(page.getByRole("row", { name: new RegExp(people[who].email) }).first()).toContainText(
      `${role} in ${scope}`,
    )
  })
}

test("an ended session is dead on its next request", async ({ page, browser, faults }, info) => {
  const other = await browserOf(browser, readWorld().baseUrl)
  await watch(other, faults, info.title)
  const theirs = await other.newPage()
  await signIn(theirs, people.editor)

  await open(page, "/s/acme/people")
  await page.getByRole("link", { name: people.editor.name }).click()
  const sessions = page.getByRole("list", { name: "Sessions" }).getByRole("listitem")
  await expect(sessions).toHaveCount(2)
  await press(sessions.first(), /^End the session/)
  await press(page.getByRole("alertdialog"), "End the session")
  await expect(sessions).toHaveCount(1)

  await theirs.goto("/s/acme.payments")
  await expect(theirs).toHaveURL(/\/sign-in/)
  await other.close()
})

async function makeVault(
  page: Page,
  name: string,
  purpose: string,
  reach: "Inherited" | "Private",
  { isRefused = false } = {},
): Promise<void> {
  await press(page, "New vault")
  const dialog = page.getByRole("dialog", { name: /^New vault/ })
  await dialog.getByLabel("Name").fill(name)
  await dialog.getByLabel("What it is for").fill(purpose)
  await dialog.getByRole("radio", { name: reach }).check()
  await press(dialog, "Make the vault")
  if (isRefused) {
    await expect(dialog.getByRole("alert")).toContainText(name)
    await press(dialog, "Cancel")
  }
  await expect(dialog).toBeHidden()
  await expect(page.getByRole("link", { name, exact: true })).toBeVisible()
}

async function joinBy(
  link: string,
  who: PersonId,
  isForAddress: boolean,
  browser: Browser,
  faults: string[],
  title: string,
): Promise<void> {
  const { name, email, password } = people[who]
  const context = await browserOf(browser, readWorld().baseUrl)
  await watch(context, faults, title)
  const page = await context.newPage()
  await open(page, link)
  await page.getByLabel("Your name").fill(name)
  if (isForAddress) await expect(page.getByLabel("E-mail")).toHaveValue(email)
  else await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await press(page, "Join")
  await expectSignedIn(page, name)
  await keepSession(context, who)

  await context.clearCookies()
  await open(page, link)
  await expect(page.getByRole("heading", { name: "This invitation can't be used" })).toBeVisible()
  await expect(page.getByRole("button", { name: "Join" })).toHaveCount(0)
  await context.close()
}
