/**
 * Playwright's `test` with a page that is watched: whatever the browser gets, shows or keeps goes into the search for
 * canaries, and a violation of the content security policy or an error in the page fails the test.
 */
import { AxeBuilder } from "@axe-core/playwright"
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test"
import { keepForSearch, readWorld } from "./world.ts"

export { expect }

export const test = base.extend<{ faults: string[]; watched: undefined }>({
  baseURL: async ({ browserName: _ }, use) => {
    await use(readWorld().baseUrl)
  },
  faults: async ({ browserName: _ }, use) => {
    const faults: string[] = []
    await use(faults)
    expect(faults, "the browser has nothing to complain about").toEqual([])
  },
  watched: [
    async ({ context, faults }, use, info) => {
      await watch(context, faults, info.title)
      await use(undefined)
      await keepWhatIsLeft(context, info.title)
    },
    { auto: true },
  ],
})

/** Watches all pages of a context; for a second person's browser in one test, call it yourself. */
export async function watch(context: BrowserContext, faults: string[], title: string): Promise<void> {
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
      console.error(`CSP violation: ${violatedDirective} blocked ${blockedURI} in ${sourceFile}`)
    })
  })
  context.on("page", (page) => {
    page.on("console", (message) => {
      keepForSearch(`${title}: console`, message.text())
      if (message.type() === "error" && !isExpected(message.text())) faults.push(`${page.url()}: ${message.text()}`)
    })
    page.on("websocket", (socket) => {
      const kept = ({ payload }: { payload: string | Buffer }): void => {
        keepForSearch(`${title}: ${socket.url()}`, payload)
      }
      socket.on("framereceived", kept).on("framesent", kept)
    })
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${String(error)}`))
  })
  context.on("response", (response) => {
    keepForSearch(`${title}: ${response.url()}`, JSON.stringify(response.headers()))
    // A redirect has no body, and the body of a page that is left while it arrives is gone.
    response.body().then(
      (body) => {
        keepForSearch(`${title}: ${response.url()}`, body)
      },
      () => undefined,
    )
  })
}

/** Chromium reports every answer of 400 and above as an error; tests that provoke one look at the page instead. */
function isExpected(text: string): boolean {
  return text.startsWith("Failed to load resource: the server responded with a status of 4")
}

/** Cookies, storages, caches, history and the document as it stands. */
async function keepWhatIsLeft(context: BrowserContext, title: string): Promise<void> {
  keepForSearch(`${title}: storage`, JSON.stringify(await context.storageState({ indexedDB: true })))
  for (const page of context.pages()) {
    if (!page.url().startsWith("http")) continue
    keepForSearch(`${title}: DOM of ${page.url()}`, await page.content())
    const kept = await page.evaluate(async () => {
      const cached = (await caches.keys()).map(async (name) => {
        const cache = await caches.open(name)
        const requests = await cache.keys()
        return Promise.all(requests.map(async (request) => [request.url, await (await cache.match(request))?.text()]))
      })
      return JSON.stringify([
        Object.entries(sessionStorage),
        Object.entries(localStorage),
        history.state,
        location.href,
        await Promise.all(cached),
      ])
    })
    keepForSearch(`${title}: kept by ${page.url()}`, kept)
  }
}

/** Fails on any rule of WCAG 2.2 A or AA that the page breaks; or, for another scheme of the same page, by its colours. */
export async function expectAccessible(page: Page, rules: "all" | "colours" = "all"): Promise<void> {
  const axe = new AxeBuilder({ page })
  if (rules === "all") axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
  else axe.withRules(["color-contrast", "link-in-text-block"])
  const { violations } = await axe.analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([])
}
