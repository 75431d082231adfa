/** What a program does: it asks over HTTP, from outside of every browser. */
import { readWorld } from "./world.ts"

export async function ask(
  token: string,
  path: string,
  { body, method, headers = {} }: { body?: unknown; method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${readWorld().baseUrl}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}
