/** The embedded Postgres for as long as Strongroom runs: started again when it dies, stopped with us. */
import { setTimeout as pause } from "node:timers/promises"
import { describeError, log } from "../log.ts"
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts"

export interface KeptPostgres extends AsyncDisposable {
  readonly ownerUrl: string
  readonly appUrl: string
}

/** Starts the database of the data folder and keeps it running. Its addresses stay the same over restarts. */
export async function keepPostgres(folder: string): Promise<KeptPostgres> {
  const stopping = new AbortController()
  const isStopping = (): boolean => stopping.signal.aborted
  let postgres = await startEmbeddedPostgres({ folder, onLine: logLine })
  log.info("the embedded Postgres serves", { reused: postgres.reused })

  const keep = async (): Promise<void> => {
    while (!isStopping()) {
      await postgres.ended
      if (!isStopping()) postgres = (await startAgain(folder, isStopping)) ?? postgres
    }
  }
  const kept = keep()
  return {
    ownerUrl: postgres.ownerUrl,
    appUrl: postgres.appUrl,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await postgres.stop()
      await kept
      await postgres.stop() // one that was just being started again
    },
  }
}

async function startAgain(folder: string, isStopping: () => boolean): Promise<EmbeddedPostgres | undefined> {
  log.error("the embedded Postgres died and is started again")
  for (let wait = 100; !isStopping(); wait = Math.min(wait * 2, 10_000)) {
    try {
      return await startEmbeddedPostgres({ folder, onLine: logLine })
    } catch (error) {
      log.error("the embedded Postgres did not start", { error: describeError(error), againAfterMs: wait })
      await pause(wait)
    }
  }
  return undefined
}

/** `FATAL:  the database system is starting up`: Postgres's severity decides how loud we are. */
function logLine(line: string): void {
  const [, severity = "", message = line] = /^([A-Z]+):\s+(.*)$/.exec(line) ?? []
  const isNoise = severity === "LOG" || message === "the database system is starting up"
  log[isNoise ? "debug" : "warn"](message, { part: "postgres", severity })
}
