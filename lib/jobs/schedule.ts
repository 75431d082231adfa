/**
 * What runs without being asked. Each job is a use case that any number of processes may run at once, since the rows
 * that it works on are taken one process at a time; so every api process has all jobs, and no leader is needed.
 */
import { expireApprovals } from "../core/approvals/expiring.ts"
import type { House } from "../core/context.ts"
import { observeDue } from "../core/drift.ts"
import { tidyUp } from "../core/housekeeping.ts"
import { deliverWebhooks } from "../core/notices/deliver.ts"
import { remindOfRotation } from "../core/notices/rotation.ts"
import { registerDeclared } from "../core/providers/declared.ts"
import { probeDue } from "../core/providers/probing.ts"
import { purgeDeleted } from "../core/purge.ts"
import { reconcile } from "../core/reconcile.ts"
import { rewrapKeys } from "../core/rewrap.ts"
import { saySo } from "../core/serving.ts"
import { carryTransfers } from "../core/transfers/carry.ts"
import { describeError, log } from "../log.ts"

export interface Job {
  name: string
  /** From the end of one run to the begin of the next. The first begins at once. */
  everySeconds: number
  run(house: House): Promise<unknown>
}

export const jobs: readonly Job[] = [
  { name: "reconcile", everySeconds: 5, run: reconcile },
  { name: "say which keys are here", everySeconds: 5, run: saySo },
  { name: "wrap keys anew", everySeconds: 5, run: rewrapKeys },
  { name: "observe", everySeconds: 5, run: observeDue },
  { name: "sweep the cache", everySeconds: 60, run: sweepCache },
  { name: "carry transfers", everySeconds: 2, run: carryTransfers },
  { name: "register the declared provider", everySeconds: 5, run: registerDeclared },
  { name: "probe", everySeconds: 2, run: probeDue },
  { name: "deliver webhooks", everySeconds: 2, run: deliverWebhooks },
  { name: "remind of rotation", everySeconds: 60, run: remindOfRotation },
  { name: "end requests that nobody decided", everySeconds: 60, run: expireApprovals },
  { name: "purge", everySeconds: 60, run: purgeDeleted },
  { name: "tidy up", everySeconds: 600, run: tidyUp },
]

function sweepCache({ readCache }: House): Promise<number> {
  readCache.sweep()
  return Promise.resolve(0)
}

export interface Schedule {
  /** Begins no further run, and resolves when those under way are over. Calling it twice is fine. */
  stop(): Promise<void>
}

/** Runs the jobs until it is stopped. One that fails is logged and runs again at its time. */
export function startJobs(house: House, scheduled: readonly Job[] = jobs): Schedule {
  const running = scheduled.map((job) => startJob(house, job))
  return {
    stop: async () => {
      await Promise.all(running.map(({ stop }) => stop()))
    },
  }
}

function startJob(house: House, job: Job): Schedule {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let current = runAndPlan()

  async function runAndPlan(): Promise<void> {
    await runOnce(house, job)
    if (isStopped) return
    timer = setTimeout(() => {
      current = runAndPlan()
    }, job.everySeconds * 1_000)
    // A process with nothing else to do may end.
    timer.unref()
  }

  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await current
    },
  }
}

async function runOnce(house: House, { name, run }: Job): Promise<void> {
  try {
    await run(house)
  } catch (error) {
    log.error("a job failed, and runs again at its time", { job: name, error: describeError(error) })
  }
}
