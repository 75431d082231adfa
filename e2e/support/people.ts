/** The people of the journeys, and how they come in. */
import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test"
import { open } from "./acts.ts"
import { inFolder } from "./world.ts"

export interface Person {
  name: string
  email: string
  password: string
}

export const people = {
  owner: { name: "Ada Wren", email: "ada@acme.example", password: "four quiet grey herons" },
  lead: { name: "Omar Reyes", email: "omar@acme.example", password: "seven loud brass kettles" },
  editor: { name: "Alice Fenn", email: "alice@acme.example", password: "two slow green rivers" },
  auditor: { name: "Ines Holt", email: "ines@acme.example", password: "nine tall paper towers" },
} as const satisfies Record<string, Person>
export type PersonId = keyof typeof people

/** Signs somebody in at `/sign-in`, and waits until they are in. */
export async function signIn(page: Page, { name, email, password }: Person): Promise<void> {
  await open(page, "/sign-in")
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await expectSignedIn(page, name)
}

/** The account menu is in the page, though a narrow one hides it in the drawer. */
export async function expectSignedIn(page: Page, name: string): Promise<void> {
  await expect(page.locator(`[aria-label="Account of ${name}"]`)).toBeAttached()
}

/** Keeps the browser's cookies under the person's name, so that the next test needs no sign-in. */
export async function keepSession(context: BrowserContext, who: PersonId): Promise<void> {
  await context.storageState({ path: sessionOf(who) })
}

export function sessionOf(who: PersonId): string {
  return inFolder(`session-${who}.json`)
}

/** A browser of its own for a second person. Give it to `watch` before it opens a page, and close it. */
export async function browserOf(browser: Browser, baseURL: string, who?: PersonId): Promise<BrowserContext> {
  // Left out, it would be that of the test's own browser.
  const storageState = who === undefined ? { cookies: [], origins: [] } : sessionOf(who)
  return browser.newContext({ baseURL, storageState })
}
