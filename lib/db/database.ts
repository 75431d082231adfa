/**
 * The application's way into Postgres. Prisma serves management; what every machine read and every write of a value
 * passes goes through prepared SQL on the pool (hot-reads.ts and its neighbours).
 */
import { PrismaPg } from "@prisma/adapter-pg"
import pg from "pg"
import { type Prisma, PrismaClient } from "./generated/client.ts"

export interface Database extends AsyncDisposable {
  readonly prisma: PrismaClient
  readonly pool: pg.Pool
  /**
   * Connections whose commits don't wait for the disk. Only for steps that lead to a commit of `pool`: Postgres's log is
   * in order, so that commit is durable only with all that were committed before it, and a crash that loses one of them
   * loses what came after it, too. What nobody was told of may go like this, and nothing else.
   */
  readonly steps: pg.Pool
  /** Takes what is still to be written when the connections are about to end. It throws nothing. */
  beforeClosing(work: () => Promise<void>): void
  /** Ends all connections; calls under way are waited for. */
  close(): Promise<void>
}

/** A Prisma transaction, as use cases pass it on. */
export type Transaction = Prisma.TransactionClient

export interface DatabaseOptions {
  url: string
  /** Connections of the pool for prepared SQL, and as many again at the most for Prisma; the steps have a few more. */
  connections?: number
}

/**
 * Prepared statements are planned once for each connection. Left to itself, Postgres would plan ours anew each time,
 * since it believes that a batch of few keys deserves a plan of its own; planning costs more than they do.
 */
const plannedOnce = "-c plan_cache_mode=force_generic_plan"

/**
 * They look a few rows up by their keys. A plan that was made while a table was small would read all of it ever after,
 * so they walk indexes, whatever Postgres believes of the tables' sizes when it plans.
 */
const byIndex = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"

/**
 * Prisma's statements, the lists among them, may join as they like, but read no table from end to end where an index
 * leads to the rows (decision 38). Compiling a plan to machine code takes ten times as long as carrying it out here.
 */
const forManagement = "-c enable_seqscan=off -c jit=off"

export function openDatabase({ url, connections = 8 }: DatabaseOptions): Database {
  const pool = openPool(url, connections, `${plannedOnce} ${byIndex}`)
  const steps = openPool(url, mostSteps, `${plannedOnce} ${byIndex} -c synchronous_commit=off`)
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: 5_000,
      query_timeout: patienceMs,
      options: forManagement,
    },
    { statementNameGenerator: nameStatements() },
  )
  const prisma = new PrismaClient({ adapter, errorFormat: "minimal" })
  const last: (() => Promise<void>)[] = []
  const beforeClosing = (work: () => Promise<void>): void => {
    last.push(work)
  }
  const close = async (): Promise<void> => {
    await Promise.all(last.map((work) => work()))
    await Promise.all([prisma.$disconnect(), pool.end(), steps.end()])
  }
  return { prisma, pool, steps, beforeClosing, close, [Symbol.asyncDispose]: close }
}

const mostSteps = 4

/** How long one statement is waited for. A database that is silent, as behind a dead network, would hold everybody. */
const patienceMs = 20_000

/** Statements of one connection that are asked together are sent together, and answered in order. */
function openPool(connectionString: string, max: number, options: string): pg.Pool {
  const limits = { connectionTimeoutMillis: 5_000, query_timeout: patienceMs }
  const pool = new pg.Pool({ connectionString, max, options, ...limits, pipeline: true })
  // An idle connection that breaks (Postgres restarted) is dropped by the pool; without a listener it ends the process.
  pool.on("error", () => undefined)
  return pool
}

/** How many different statements of Prisma's a connection keeps. What is beyond them is sent anew each time. */
const mostStatements = 500

/** Names for Prisma's statements, so that each is parsed, and most are planned, once for a connection. */
function nameStatements(): (query: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql) ?? (names.size < mostStatements ? `prisma-${names.size}` : "")
    if (known !== "") names.set(sql, known)
    return known
  }
}
