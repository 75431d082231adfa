/** The first day: who has the code that the start printed becomes the first owner. */
import type { Page } from "@playwright/test"
import { open } from "../support/acts.ts"
import { expectSignedIn, keepSession, people } from "../support/people.ts"
import { expect, expectAccessible, test } from "../support/test.ts"
import { readWorld } from "../support/world.ts"

test("every page leads to the setup while there is no owner", async ({ page }) => {
  for (const address of ["/", "/sign-in", "/s/acme"]) {
    await page.goto(address)
    await expect(page, address).toHaveURL("/setup")
  }
  await expectAccessible(page)
})

test("a wrong code makes no owner, and what was typed stays", async ({ page }) => {
  await fillSetup(page, "wrong-code-wrong-code")
  await page.getByRole("button", { name: "Set up Strongroom" }).click()
  await expect(page.getByRole("form").getByRole("alert")).toContainText(/code/i)
  await expect(page.getByLabel("E-mail")).toHaveValue(people.owner.email)
})

test("the code makes the owner and the organization, once", async ({ page, context }) => {
  await fillSetup(page, readWorld().setupCode)
  await page.getByRole("button", { name: "Set up Strongroom" }).click()
  await expect(page).toHaveURL("/s/acme")
  await expectSignedIn(page, people.owner.name)
  await keepSession(context, "owner")

  await page.goto("/setup")
  await expect(page).toHaveURL("/s/acme")
})

async function fillSetup(page: Page, code: string): Promise<void> {
  const { name, email, password } = people.owner
  await open(page, "/setup")
  await page.getByLabel("Code").fill(code)
  await page.getByLabel("Your name").fill(name)
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByLabel("Organization").fill("Acme")
  await expect(page.getByLabel("Name in addresses")).toHaveValue("acme")
}
