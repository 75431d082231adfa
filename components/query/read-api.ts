import type { OutputOf } from "@/lib/contract/api"
import type { OperationName } from "@/lib/contract/routes"

/** An answer of the API that isn't the thing asked for; the message is for the person. */
export class ApiFailure extends Error {
  readonly status: number
  readonly requestId: string | undefined

  constructor(status: number, message: string, requestId?: string) {
    super(message)
    this.name = "ApiFailure"
    this.status = status
    this.requestId = requestId
  }
}

/**
 * Reads an operation's answer with the session's cookie, which the public port takes for GET alone.
 *
 * @param path the operation's path with its parameters filled in, by `pathOf`
 * @throws ApiFailure with the API's own message, or with one that says that it can't be reached
 */
export async function readApi<Name extends OperationName>(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
  signal: AbortSignal,
): Promise<OutputOf<Name>> {
  const answer = await fetch(addressOf(path, query), { signal, headers: { accept: "application/json" } }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error
      throw new ApiFailure(0, "Strongroom can't be reached from here. Check the connection, then try again.")
    },
  )
  const body: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok) throw failureOf(answer.status, body)
  // The API's answer follows the operation's schema: its own tests hold it to that.
  return body as OutputOf<Name>
}

/** A path with its parts encoded: `` pathOf`/api/v1/scopes/${scope}/secrets` ``. */
export function pathOf(fixed: TemplateStringsArray, ...parts: string[]): string {
  return String.raw(fixed, ...parts.map((part) => encodeURIComponent(part)))
}

function addressOf(path: string, query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value))
  return params.size === 0 ? path : `${path}?${params}`
}

function failureOf(status: number, body: unknown): ApiFailure {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {}
  const { message, requestId } = error
  return new ApiFailure(
    status,
    typeof message === "string" ? message : `Strongroom answered with status ${status}. Try again in a moment.`,
    typeof requestId === "string" ? requestId : undefined,
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}
