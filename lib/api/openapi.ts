/**
 * The OpenAPI 3.1 document, made from the table of operations: what it says of an operation is what the code checks.
 */
import { type JsonSchema, jsonSchemaOf } from "../contract/json-schema.ts"
import { type OperationSpec, operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { unresolvedReasons } from "../contract/words.ts"
import { statusOfCode } from "../errors.ts"
import { isPublic } from "./handle.ts"

export interface OpenApiDocument {
  openapi: "3.1.0"
  paths: Record<string, Record<string, unknown>>
  components: { schemas: Record<string, JsonSchema> }
  [field: string]: unknown
}

export function openApiDocument(publicUrl: URL, version: string): OpenApiDocument {
  const components: Record<string, JsonSchema> = { Error: errorSchema }
  const paths: OpenApiDocument["paths"] = {}
  for (const [name, [method, path]] of Object.entries(routes) as [OperationName, readonly [string, string]][]) {
    if (!isPublic(name)) continue
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(name, components) }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Strongroom", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: publicUrl.origin }],
    paths,
    components: {
      schemas: components,
      ...{ securitySchemes, responses: { error: errorResponse, oauthError: oauthErrorResponse } },
    },
    security: [{ token: [] }],
  }
}

function describe(name: OperationName, components: Record<string, JsonSchema>): object {
  const spec: OperationSpec = operations[name]
  const [method, path] = routes[name]
  const input = jsonSchemaOf(spec.input, "input", components)
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field ?? "")
  const others = Object.keys(input.properties ?? {}).filter((field) => !inPath.includes(field))
  const hasBody = method !== "GET" && method !== "DELETE"
  return {
    operationId: name,
    summary: spec.summary,
    tags: [tagOf(path)],
    "x-permission": spec.permission,
    "x-audit-action": spec.audit.action,
    security: securityOf(spec, method),
    parameters: [
      ...inPath.map((field) => parameter("path", field, input)),
      ...(hasBody ? [] : others.map((field) => parameter("query", field, input))),
      ...headerParameters(spec, method),
    ],
    ...(hasBody && others.length > 0 ? { requestBody: bodyOf(others, input, spec) } : {}),
    responses: {
      200: answerOf(spec, components),
      ...(spec.conditional === true
        ? { 304: { description: "Nothing changed since the answer with that ETag." } }
        : {}),
      default: { $ref: `#/components/responses/${spec.oauth === true ? "oauthError" : "error"}` },
    },
  }
}

function parameter(place: "path" | "query", name: string, { properties = {}, required = [] }: JsonSchema): object {
  const schema = properties[name] ?? {}
  return { name, in: place, required: place === "path" || required.includes(name), schema }
}

function headerParameters(spec: OperationSpec, method: string): object[] {
  const header = (name: string, description: string): object => {
    return { name, in: "header", required: false, description, schema: { type: "string" } }
  }
  const found: object[] = []
  if (spec.conditional === true) found.push(header("If-None-Match", "The ETag of an earlier answer."))
  if (method !== "GET" && spec.permission !== "public") {
    found.push(header("Idempotency-Key", "The same key and input answer the same result, without what is shown once."))
  }
  return found
}

function bodyOf(
  fields: readonly string[],
  { properties = {}, required = [] }: JsonSchema,
  { oauth }: OperationSpec,
): object {
  const needed = fields.filter((field) => required.includes(field))
  const schema = {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field, properties[field]])),
    ...(needed.length > 0 ? { required: needed } : {}),
  }
  const type = oauth === true ? "application/x-www-form-urlencoded" : "application/json"
  return { required: needed.length > 0, content: { [type]: { schema } } }
}

function answerOf(spec: OperationSpec, components: Record<string, JsonSchema>): object {
  const etag = { ETag: { description: "Send it back as If-None-Match.", schema: { type: "string" } } }
  const text = { schema: { type: "string" } }
  return {
    description: "Done.",
    ...(spec.conditional === true ? { headers: etag } : {}),
    content:
      spec.streams === true
        ? { "application/x-ndjson": text, "text/csv": text }
        : { "application/json": { schema: jsonSchemaOf(spec.output, "output", components) } },
  }
}

function securityOf({ callers }: OperationSpec, method: string): object[] {
  const ways: object[] = []
  if (callers.includes("nobody")) ways.push({})
  if (callers.includes("personal_token") || callers.includes("service_account")) ways.push({ token: [] })
  if (callers.includes("session") && method === "GET") ways.push({ session: [] })
  return ways
}

/** The innermost kind of thing that a path is about. */
function tagOf(path: string): string {
  const words = path.split("/").slice(3)
  return words.findLast((word) => word.endsWith("s")) ?? words[0] ?? "other"
}

const securitySchemes = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "A personal token (`srm_pat_…`) or a service account's access token (`srm_sat_…`).",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-strongroom-session",
    description: "The console's own, for reading.",
  },
}

const errorSchema: JsonSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "requestId"],
      properties: {
        code: { type: "string", enum: Object.keys(statusOfCode) },
        message: { type: "string", description: "What happened and what to do." },
        fields: {
          type: "object",
          description: "What is wrong with each field of the input.",
          additionalProperties: { type: "string" },
        },
        unresolved: {
          type: "array",
          description: "The references that stand in the way, each with its reason.",
          items: {
            type: "object",
            required: ["name", "ref", "reason", "detail"],
            properties: {
              name: { type: "string" },
              ref: { type: "string" },
              reason: { type: "string", enum: [...unresolvedReasons] },
              detail: { type: "string", description: "What happened and what to do." },
            },
          },
        },
        requestId: { type: "string", description: "By it the operator finds the request in the log and the audit." },
      },
    },
  },
}

const errorResponse = {
  description: "Refused or failed. `code` and the status go together.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
}

const oauthErrorResponse = {
  description: "Refused or failed, as OAuth 2.0 says it.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["error", "error_description"],
        properties: {
          error: { type: "string", enum: ["invalid_request", "temporarily_unavailable"] },
          error_description: { type: "string", description: "What happened and what to do." },
          request_id: { type: "string", description: "By it the operator finds the request in the log and the audit." },
        },
      },
    },
  },
}
