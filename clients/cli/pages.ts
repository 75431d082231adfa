interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** All items of a list that comes in pages. */
export async function allItems<Item>(
  ask: (paging: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page: Page<Item> = await ask({ limit: 200, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}
