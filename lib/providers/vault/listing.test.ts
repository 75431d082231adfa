import { describe, expect, it } from "vitest"
import { aKvV1Store, aKvV2Store } from "../../testing/a-vault-store.ts"
import { faultLayer } from "../../testing/fault-layer.ts"
import type { SecretStore } from "../provider.ts"
import { type ListFolder, leavesBeneath } from "./listing.ts"

const organizationId = crypto.randomUUID()

async function browseAll(store: SecretStore, limit: number): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const page = await store.adoption!.browse("big", { cursor, limit })
    found.push(...page.items.map((item) => (item.kind === "secret" ? item.location : `${item.path}/`)))
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

describe("a folder of many names", () => {
  const names = Array.from({ length: 1100 }, (_, index) => `team/app/big/${String(index).padStart(4, "0")}`)

  it.each([
    ["KV v2 of OpenBao, by pages", aKvV2Store],
    ["KV v1, which knows no pages", aKvV1Store],
  ] as const)("is gone through whole and in order, on %s", async (_, open) => {
    await using at = await open()
    await using layer = await faultLayer(at.server.plainAddress)
    const store = at.open(undefined, { address: layer.address })
    for (let each = 0; each < names.length; each += 100) {
      await Promise.all(names.slice(each, each + 100).map((name) => at.kv.put(name, { value: "x" })))
    }
    expect(await browseAll(store, 500)).toEqual(names)
    expect(await browseAll(store, 550)).toEqual(names)
    layer.forget()
    const page = await store.list(organizationId, { cursor: "big/0998", limit: 5 })
    expect(page.items.map(({ location }) => location)).toEqual(names.slice(999, 1004))
    expect(layer.calls({ path: /list=true/ }).length).toBeLessThan(4)
  })
})

describe("going through folders", () => {
  const tree: Record<string, string[]> = {
    "": ["a", "a-b", "a/", "empty/", "odd#/", "z"],
    a: ["b/", "c"],
    "a/b": ["d", "e"],
  }
  const list: ListFolder = async (folder, after, limit) => {
    const names = (tree[folder.join("/")] ?? []).filter((name) => name > after)
    return { names: names.slice(0, limit), hasMore: names.length > limit }
  }

  it("answers each secret once and in one order, whatever the size of a page", async () => {
    for (const limit of [1, 2, 3, 100]) {
      const found: string[] = []
      let cursor: string | null = null
      do {
        const page = await leavesBeneath(list, [], { cursor, limit })
        found.push(...page.paths.map((path) => path.join("/")))
        cursor = page.nextCursor
      } while (cursor !== null)
      expect(found).toEqual(["a", "a-b", "a/b/d", "a/b/e", "a/c", "z"])
    }
  })

  it("goes on where a secret was that is gone by now", async () => {
    const { paths } = await leavesBeneath(list, [], { cursor: "a/b/dd", limit: 2 })
    expect(paths).toEqual([
      ["a", "b", "e"],
      ["a", "c"],
    ])
  })

  it("makes do with a number of requests per page, and gets through all the same", async () => {
    const wide: ListFolder = async (folder, after) => {
      if (folder.length > 0) return { names: folder[0] === "f0999" ? ["x"] : [], hasMore: false }
      const names = Array.from({ length: 1000 }, (_, index) => `f${String(index).padStart(4, "0")}/`)
      return { names: names.filter((name) => name > after), hasMore: false }
    }
    const pages: string[][][] = []
    let cursor: string | null = null
    do {
      const page = await leavesBeneath(wide, [], { cursor, limit: 10 })
      pages.push(page.paths)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(pages.length).toBeGreaterThan(4)
    expect(pages.flat()).toEqual([["f0999", "x"]])
  })
})
