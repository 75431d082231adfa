import { WrongKeyError } from "../../crypto/keyring.ts"
import type { OperatorSettings } from "../../env.ts"

/** What a command of the operator gets. */
export interface CommandContext {
  args: readonly string[]
  settings: OperatorSettings
  /** Where the folders of migrations are. */
  migrations: string
  /** Takes a line of what was asked for. */
  print: (line: string) => void
  /** Takes a line that tells how it goes. */
  tell: (line: string) => void
}

/** Does it and answers the exit code. Throws what the operator should read. */
export type Command = (context: CommandContext) => Promise<number>

/** Exit codes, as docs/operate.md lists them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, wrongKey: 3, damaged: 4, notEmpty: 5, drillFailed: 6 } as const

/** The command wasn't written as it should be. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** It ended for a reason that a script may want to know. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly exitCode: number

  constructor(why: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCodes[why]
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof UsageError) return exitCodes.usage
  return error instanceof WrongKeyError ? exitCodes.wrongKey : exitCodes.failed
}
