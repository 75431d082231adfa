/** How a command ends, for whoever called it. docs/cli.md shows the same table. */
import { StrongroomError } from "../sdk/index.ts"

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  unavailable: 6,
  /** Nothing went wrong: somebody else has to accept it first. */
  waiting: 7,
  /** Of `run` alone, as env and docker have them: our own failure, a command that can't be executed, one that isn't there. */
  runFailed: 125,
  cannotExecute: 126,
  noSuchCommand: 127,
} as const

const codeOfError: Partial<Record<StrongroomError["code"], number>> = {
  invalid: exitCodes.usage,
  too_large: exitCodes.usage,
  unauthenticated: exitCodes.refused,
  forbidden: exitCodes.refused,
  not_found: exitCodes.notFound,
  gone: exitCodes.notFound,
  conflict: exitCodes.conflict,
  unavailable: exitCodes.unavailable,
  timeout: exitCodes.unavailable,
  rate_limited: exitCodes.unavailable,
  pending_approval: exitCodes.waiting,
}

export function exitCodeOf(error: unknown): number {
  return (error instanceof StrongroomError ? codeOfError[error.code] : undefined) ?? exitCodes.failed
}
