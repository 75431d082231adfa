/** What people do in the console, as they see it: by labels, names and words. */
import { expect, type Locator, type Page } from "@playwright/test"

/** Chooses in a list by the words of its label. */
export async function choose(page: Page, within: Page | Locator, label: string, option: string): Promise<void> {
  await within.getByRole("combobox", { name: label }).click()
  await page.getByRole("option", { name: option }).first().click()
}

/** Types into a list that is searched, and takes what was meant. */
export async function find(page: Page, within: Page | Locator, label: string, option: string): Promise<void> {
  const field = within.getByRole("combobox", { name: label })
  if ((await field.inputValue()) === option) return
  await field.fill(option)
  await page.getByRole("option", { name: option, exact: true }).click()
}

/** Presses a dialog's or a page's button. */
export async function press(within: Page | Locator, name: string | RegExp): Promise<void> {
  await within.getByRole("button", { name }).click()
}

/** Opens a menu and takes one of its lines. */
export async function take(page: Page, menu: string, line: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: menu, exact: true }).click()
  await page.getByRole("menuitem", { name: line }).click()
}

/** Lets a file fall on an element, as from the desktop. */
export async function drop(page: Page, on: Locator, file: { name: string; text: string }): Promise<void> {
  const dataTransfer = await page.evaluateHandle(({ name, text }) => {
    const data = new DataTransfer()
    data.items.add(new File([text], name))
    return data
  }, file)
  await on.dispatchEvent("drop", { dataTransfer })
}

/** Pastes a text from the clipboard. */
export async function paste(page: Page, into: Locator, text: string): Promise<void> {
  await into.focus()
  await into.evaluate((field, pasted) => {
    const data = new DataTransfer()
    data.setData("text/plain", pasted)
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
  }, text)
  await page.keyboard.insertText(text)
}

/** What is shown once stands in a dialog that only an acknowledgement closes. Answers what was shown. */
export async function takeWhatIsShownOnce(page: Page, label: string): Promise<string> {
  const dialog = page.getByRole("alertdialog")
  const shown = await dialog.getByLabel(label).inputValue()
  await page.keyboard.press("Escape")
  await expect(dialog).toBeVisible()
  await dialog.getByRole("checkbox").click()
  await dialog.getByRole("button", { name: "Done" }).click()
  await expect(dialog).toBeHidden()
  return shown
}

/** Goes to a page and waits until it is alive: a click on what only looks like a button does nothing. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await alive(page)
}

/** Parts of a page come alive one after the other: waits for all that can be pressed. */
export async function alive(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const isAlive = (element: Element): boolean => Object.keys(element).some((key) => key.startsWith("__reactFiber"))
    const main = document.querySelector("main")
    return main !== null && [main, ...main.querySelectorAll("a, button")].every(isAlive)
  })
}
