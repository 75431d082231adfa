import { AppError } from "../../../lib/errors.ts"

/** One request, before it has an address and a credential. */
export interface Message {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
  /** Whether sending it again, when it isn't known whether it arrived, does no harm. */
  repeatable: boolean
}

export interface CallerOptions {
  idempotencyKey?: string
  ifNoneMatch?: string
  /** Gives the call up. Whether a change was made by then isn't known. */
  signal?: AbortSignal
}

/**
 * Lays an operation's input out over its route: `{name}` in the path takes the field of that name, and the rest goes
 * into the query (GET, DELETE) or the JSON body. Takes the input apart: give it a copy.
 * @throws AppError `invalid` when a field of the path is missing or would change the path
 */
export function messageFor(
  [method, template]: readonly [method: string, template: string],
  input: Record<string, unknown>,
  options: CallerOptions,
): Message {
  const path = fillIn(template, input)
  const headers: Record<string, string> = { accept: "application/json" }
  if (options.idempotencyKey !== undefined) headers["idempotency-key"] = options.idempotencyKey
  if (options.ifNoneMatch !== undefined) headers["if-none-match"] = options.ifNoneMatch
  const repeatable = method === "GET" || options.idempotencyKey !== undefined
  if (method === "GET" || method === "DELETE") {
    return { method, path: `${path}${queryOf(input)}`, headers, body: undefined, repeatable }
  }
  headers["content-type"] = "application/json"
  return { method, path, headers, body: JSON.stringify(input), repeatable }
}

function fillIn(template: string, input: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const given = input[name]
    Reflect.deleteProperty(input, name)
    const text = typeof given === "string" || typeof given === "number" ? String(given) : ""
    if (text === "" || text === "." || text === "..") {
      throw new AppError("invalid", `"${name}" is missing or isn't a name.`, { fields: { [name]: "Enter a name." } })
    }
    return encodeURIComponent(text)
  })
}

/** A list is repeated: `vault=default&vault=shared`. What is undefined or null isn't sent. */
function queryOf(input: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, given] of Object.entries(input)) {
    for (const one of Array.isArray(given) ? (given as unknown[]) : [given]) {
      if (typeof one === "string" || typeof one === "number" || typeof one === "boolean")
        query.append(name, String(one))
    }
  }
  return query.size === 0 ? "" : `?${query.toString()}`
}
