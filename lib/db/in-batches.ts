/**
 * Answers many single calls by few shared ones: what is asked while a batch is under way waits for the next, and what
 * is asked in one turn of the event loop goes together. One round trip and one commit then serve them all.
 *
 * Most of a batch's cost is its own, whatever its size. So while many ask, a batch waits a moment for as many as the one
 * before it had: those were answered together, and ask again one after the other. Who asks alone never waits.
 */
export interface BatchOptions {
  /** How many batches may be under way at once. */
  lanes?: number
  /** How many calls a batch takes at the most. */
  most?: number
  /** How long a batch waits at the most for as many as the one before it had. */
  gatheringMilliseconds?: number
}

/** `run` answers a batch in order: a result for each item, or an Error for one that failed. If it throws, all fail. */
export function inBatches<Item, Result>(
  run: (items: Item[]) => Promise<(Result | Error)[]>,
  { lanes = 1, most = 256, gatheringMilliseconds = 1 }: BatchOptions = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let underWay = 0
  let expected = 1
  let scheduled = false
  let gathering: NodeJS.Timeout | undefined

  function schedule(): void {
    if (scheduled || underWay >= lanes || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      if (waiting.length >= expected) start()
      else gathering = setTimeout(start, gatheringMilliseconds)
    })
  }

  function start(): void {
    scheduled = false
    gathering = undefined
    const batch = waiting.slice(0, most)
    waiting = waiting.slice(most)
    expected = batch.length
    underWay += 1
    void answer(run, batch).finally(() => {
      underWay -= 1
      schedule()
    })
    schedule()
  }

  function beginEarly(): void {
    if (gathering === undefined || waiting.length < expected) return
    clearTimeout(gathering)
    gathering = undefined
    setImmediate(start)
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      schedule()
      beginEarly()
    })
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: Error) => void
}

async function answer<Item, Result>(
  run: (items: Item[]) => Promise<(Result | Error)[]>,
  batch: Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item))
    batch.forEach(({ resolve, reject }, index) => {
      const result = results[index] as Result | Error // within its length, or refused below
      if (index >= results.length) reject(new Error("The batch left a call unanswered."))
      else if (result instanceof Error) reject(result)
      else resolve(result)
    })
  } catch (error) {
    for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)))
  }
}
