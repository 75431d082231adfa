/** Tells what went wrong: what happened, what to do, as whom it was asked, and where the operator finds it. */
import { ApiError, StrongroomError } from "../sdk/index.ts"
import { identityInUse } from "./connection.ts"
import { plain } from "./output.ts"

/** Lines for standard error. What is no error of ours is told by its name alone: its words may quote a value. */
export function problemOf(error: unknown): string {
  if (!(error instanceof StrongroomError)) return unexpected(error)
  const fields = Object.entries(error.fields ?? {}).map(([name, text]) => `  ${name}: ${plain(text)}`)
  const unresolved = (error.unresolved ?? []).map(({ ref, detail }) => `  ${plain(ref)}: ${plain(detail)}`)
  const waiting = error.approval === undefined ? [] : [`  waits as: ${error.approval.id} at ${error.approval.scope}`]
  return [plain(error.message), ...fields, ...unresolved, ...waiting, ...askedAs(error), ...foundUnder(error)].join(
    "\n",
  )
}

function askedAs({ code }: StrongroomError): string[] {
  const identity = identityInUse()
  const matters = ["unauthenticated", "forbidden", "not_found"].includes(code)
  return matters && identity !== undefined
    ? [`  asked with: ${identity.source.replace(/^The/, "the").replace(/,$/, "")}`]
    : []
}

function foundUnder(error: StrongroomError): string[] {
  return error instanceof ApiError && error.requestId !== undefined ? [`  request: ${error.requestId}`] : []
}

function unexpected(error: unknown): string {
  const system = error instanceof Error && "syscall" in error && "code" in error ? ` (${String(error.code)})` : ""
  const name = error instanceof Error ? error.name : typeof error
  const frame =
    error instanceof Error ? (error.stack?.split("\n").find((line) => line.includes(" at ")) ?? "").trim() : ""
  return `Something unexpected failed: ${name}${system}${frame === "" ? "" : ` ${frame}`}. Nothing more is known of it.`
}
