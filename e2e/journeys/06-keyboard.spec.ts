/** A day's work without a mouse: nothing here clicks. */
import type { Page } from "@playwright/test"
import { alive } from "../support/acts.ts"
import { expectSignedIn, people } from "../support/people.ts"
import { expect, test } from "../support/test.ts"
import { plantCanary } from "../support/world.ts"

test("sign in, find, make a secret, write a version, roll back and list the keys by the keyboard alone", async ({
  page,
}) => {
  const { keyboard } = page
  await page.goto("/sign-in?next=/s/acme.payments.staging")
  await alive(page)
  await keyboard.type(people.editor.email)
  await keyboard.press("Tab")
  await keyboard.type(people.editor.password)
  await keyboard.press("Enter")
  await expectSignedIn(page, people.editor.name)
  await expect(page).toHaveURL("/s/acme.payments.staging")
  await expect(page.getByRole("heading", { name: "No secrets yet" })).toBeVisible()
  await alive(page)

  await keyboard.press("c")
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused()
  await keyboard.type("QUEUE_TOKEN")
  await tabTo(page, "Value")
  await keyboard.type(plantCanary("typed"))
  await keyboard.press("Control+Enter")
  await expect(page.getByText("Version 1 is current").first()).toBeVisible()

  await keyboard.press("n")
  const dialog = page.getByRole("dialog", { name: /^New version/ })
  await expect(dialog.getByRole("textbox", { name: "Value" })).toBeFocused()
  await keyboard.type(plantCanary("typed"))
  await keyboard.press("Control+Enter")
  await expect(page.getByText("Version 2 is current").first()).toBeVisible()

  await rollBackToFirst(page)
  await openByPalette(page)
  await walkTheList(page)

  await keyboard.press("?")
  const keys = page.getByRole("dialog", { name: "Keys" })
  await expect(keys).toContainText("Edit its details")
  await keyboard.press("Escape")
  await expect(keys).toBeHidden()
})

async function rollBackToFirst(page: Page): Promise<void> {
  const { keyboard } = page
  await tabTo(page, "Actions on version 1")
  await keyboard.press("Enter")
  await expect(page.getByRole("menuitem", { name: "Make current…" })).toBeFocused()
  await keyboard.press("Enter")
  await expect(page.getByRole("alertdialog")).toBeVisible()
  await tabTo(page, "Make version 3 from version 1")
  await keyboard.press("Enter")
  await expect(page.getByText("same as version 1")).toBeVisible()
}

async function openByPalette(page: Page): Promise<void> {
  const { keyboard } = page
  await keyboard.press("Control+k")
  await expect(page.getByRole("combobox", { name: "Search or jump to" })).toBeFocused()
  await keyboard.type("STRIPE")
  await expect(page.getByRole("option", { name: /STRIPE_KEY/ }).first()).toBeVisible()
  await keyboard.press("Enter")
  await expect(page).toHaveURL(/vaults\/default\/STRIPE_KEY/)
  await keyboard.press("Control+k")
  await keyboard.type("acme.payments.prod")
  await expect(page.getByRole("option", { name: /acme\.payments\.prod/ }).first()).toBeVisible()
  await keyboard.press("Enter")
  await expect(page).toHaveURL(/\/s\/acme\.payments\.prod/)
}

async function walkTheList(page: Page): Promise<void> {
  const { keyboard } = page
  await expect(page.getByRole("heading", { name: "Secrets" })).toBeVisible()
  await keyboard.press("/")
  await expect(page.getByRole("searchbox", { name: "Filter by name" })).toBeFocused()
  await keyboard.type("_PASSWORD")
  await expect(page).toHaveURL(/text=_PASSWORD/)
  await expect(page.getByRole("link", { name: "STRIPE_KEY" })).toHaveCount(0)
  await keyboard.press("Escape")
  await keyboard.press("j")
  const rows = page.locator("[data-row-link]")
  await expect(rows.nth(0)).toBeFocused()
  await keyboard.press("j")
  await expect(rows.nth(1)).toBeFocused()
  await keyboard.press("k")
  await expect(rows.nth(0)).toBeFocused()
  await keyboard.press("x")
  await expect(page.getByText("1 chosen")).toBeVisible()
  await keyboard.press("x")
  const name = await rows.nth(0).innerText()
  await keyboard.press("Enter")
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible()
}

/** Goes on by Tab until what has this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const target = page.getByRole("button", { name, exact: true }).or(page.getByRole("textbox", { name, exact: true }))
  for (let stops = 0; stops < 80; stops++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press("Tab")
  }
  await expect(target).toBeFocused()
}
