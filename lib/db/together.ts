/** Runs a batch as a whole; when the database refuses it, each by itself, so that one can't take others down. */
export async function together<Item, Result>(
  items: Item[],
  run: (items: readonly Item[]) => Promise<Result[]>,
): Promise<(Result | Error)[]> {
  try {
    return await run(items)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const results: (Result | Error)[] = []
    for (const item of items) results.push(await alone(item, run))
    return results
  }
}

async function alone<Item, Result>(
  item: Item,
  run: (items: readonly Item[]) => Promise<Result[]>,
): Promise<Result | Error> {
  try {
    return (await run([item]))[0] ?? new Error("The batch left a call unanswered.")
  } catch (error) {
    return error instanceof Error ? error : new Error("The database refused this.", { cause: error })
  }
}

/** True when the server answered with an error, so that the transaction certainly left nothing behind. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)
}
