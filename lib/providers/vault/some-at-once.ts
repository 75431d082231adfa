/** Work on each item, a few at once so that one page doesn't become a burst; the results in the items' order. */
export async function inOrderOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>()
  const left = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results.set(index, await work(item))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return [...results].toSorted(([one], [other]) => one - other).map(([, result]) => result)
}

const atOnce = 8
