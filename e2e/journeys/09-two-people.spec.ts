/** Where two people are asked for, the lead asks, and the owner decides. */
import type { Page } from "@playwright/test"
import { open, press, takeWhatIsShownOnce } from "../support/acts.ts"
import { browserOf, people, sessionOf } from "../support/people.ts"
import { expect, test, watch } from "../support/test.ts"
import { readWorld, remember, searchForWhereNotShown } from "../support/world.ts"

const staging = "/s/acme.payments.staging"
const account = `${staging}/service-accounts/deploys`

test.use({ storageState: ({ browserName: _ }, use) => use(sessionOf("lead")) })

test("what lets a machine read waits for a second person, and bears both names then", async ({
  page,
  browser,
  faults,
}, info) => {
  await open(page, `${staging}/settings`)
  await press(page, "Ask for two people")
  await press(page.getByRole("alertdialog"), "Ask for two people")
  await confirmIfAsked(page)
  await expect(page.getByText("A second person who may delegate confirms")).toBeVisible()

  await open(page, `${staging}/service-accounts`)
  await press(page, "New service account")
  const dialog = page.getByRole("dialog", { name: "New service account" })
  await dialog.getByLabel("Name", { exact: true }).fill("deploys")
  await press(dialog, "Make it")
  await expect(page).toHaveURL(account)
  await grantReading(page)
  await expect(page).toHaveURL(/\/approvals\//)
  await expect(page.getByText("It waits for somebody else")).toBeVisible()
  await page.getByRole("textbox", { name: "Why" }).fill("The nightly deploy reads its configuration.")
  await press(page, "Save")
  await expect(page.getByText("The second person reads it.").first()).toBeVisible()
  await open(page, account)
  await expect(page.getByText("Nothing was granted to it.")).toBeVisible()

  const other = await browserOf(browser, readWorld().baseUrl, "owner")
  await watch(other, faults, info.title)
  const theirs = await other.newPage()
  await open(theirs, staging)
  await theirs.getByRole("link", { name: "1 request waits for a second person" }).click()
  await theirs.getByRole("link", { name: "A grant in acme.payments.staging" }).click()
  await expect(theirs.getByText("The nightly deploy reads its configuration.")).toBeVisible()
  await expect(theirs.getByText(/^deploys could read/)).toBeVisible()
  await theirs.screenshot({ path: "test-results/pages/approval-waiting.png", fullPage: true })
  await accept(theirs)

  await open(page, account)
  const grants = page.getByRole("list", { name: "Grants" })
  await expect(grants).toContainText(people.owner.name)

  await press(page, /^Issue a token/)
  const issue = page.getByRole("dialog", { name: "Issue a token for deploys" })
  await issue.getByLabel("Name", { exact: true }).fill("runner 3")
  await press(issue, "Issue the token")
  await expect(page).toHaveURL(/\/approvals\//)
  await theirs.goto(page.url())
  await accept(theirs)
  await other.close()

  await page.reload()
  await press(page, "Do it now")
  searchForWhereNotShown("access token", await takeWhatIsShownOnce(page, "The access token"))
  await expect(page.getByText("Accepted and done")).toBeVisible()

  await open(page, account)
  await expect(page.getByText("runner 3")).toBeVisible()
  // One is left to wait.
  await press(page, /^Issue a token/)
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("runner 4")
  await press(page.getByRole("dialog"), "Issue the token")
  await expect(page).toHaveURL(/\/approvals\//)
  remember({ waitingRequest: new URL(page.url()).pathname })
})

async function accept(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Accept", exact: true }).click()
  await press(page.getByRole("alertdialog"), "Accept")
  await confirmIfAsked(page, people.owner.password)
  await expect(page.getByText(/^Accepted/).first()).toBeVisible()
}

async function grantReading(page: Page): Promise<void> {
  await press(page, /^Grant access/)
  const dialog = page.getByRole("dialog", { name: /^Grant / })
  await dialog.getByRole("radio", { name: /^Read/ }).check()
  await press(dialog, "Grant")
  await confirmIfAsked(page)
}

/** The password is asked for when the sign-in is older than ten minutes. */
async function confirmIfAsked(page: Page, password: string = people.lead.password): Promise<void> {
  const question = page.getByRole("dialog", { name: "Confirm that it is you" })
  const answered = question.or(page.getByText(/second person|Accepted/).first())
  await expect(answered.first()).toBeVisible()
  if (!(await question.isVisible())) return
  await question.getByLabel("Your password").fill(password)
  await press(question, "Confirm")
}
