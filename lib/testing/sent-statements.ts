/** Listens to what this process sends to Postgres, so that a test can ask Postgres how it goes about each statement. */
import pg from "pg"

export interface SentStatement {
  text: string
  values: unknown[]
}

/**
 * Everything that is asked while `work` is under way, each text once with its last values. The statements go to
 * Postgres as they are.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent = new Map<string, SentStatement>()
  const { prototype } = pg.Client
  const { query } = prototype
  prototype.query = function ask(this: pg.Client, ...asked: unknown[]): unknown {
    const statement = statementOf(asked)
    if (statement !== undefined) sent.set(statement.text, statement)
    return Reflect.apply(query, this, asked)
  } as typeof query // it takes and gives whatever the one beneath it does
  try {
    await work()
  } finally {
    prototype.query = query
  }
  return [...sent.values()]
}

function statementOf([first, second]: unknown[]): SentStatement | undefined {
  if (typeof first === "string") return { text: first, values: Array.isArray(second) ? second : [] }
  if (typeof first !== "object" || first === null || !("text" in first) || typeof first.text !== "string")
    return undefined
  const values = "values" in first ? first.values : second
  return { text: first.text, values: Array.isArray(values) ? values : [] }
}

/** A step of a plan, as EXPLAIN tells it. */
export interface PlanNode {
  "Node Type": string
  "Relation Name"?: string
  "Sort Method"?: string
  "Actual Rows": number
  "Actual Loops": number
  Plans?: PlanNode[]
}

/** How Postgres carried a statement out for this login, step by step, the last one first. */
export async function stepsOf(client: pg.Client, { text, values }: SentStatement): Promise<PlanNode[]> {
  const explained = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
    values,
  )
  const plan = explained.rows[0]?.["QUERY PLAN"][0].Plan
  return plan === undefined ? [] : withSteps(plan)
}

function withSteps(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(withSteps)]
}
