import { z } from "zod"
import * as dto from "./dto.ts"

/** A schema in the words of JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export interface JsonSchema {
  properties?: Record<string, JsonSchema>
  required?: string[]
  [keyword: string]: unknown
}

/**
 * A schema as JSON Schema: of what is sent in (`input`, before defaults) or of what comes back. Schemas that dto.ts
 * names are put into `components`, and referred to by their names there.
 */
export function jsonSchemaOf(
  schema: z.ZodType,
  direction: "input" | "output",
  components: Record<string, JsonSchema>,
): JsonSchema {
  const made = z.toJSONSchema(schema, { io: direction, unrepresentable: "any", metadata: named })
  const text = JSON.stringify(made).replaceAll("#/$defs/", "#/components/schemas/")
  // What toJSONSchema makes: a schema, with the ones it refers to under $defs.
  const { $schema: _, $defs = {}, ...own } = JSON.parse(text) as JsonSchema & { $defs?: Record<string, JsonSchema> }
  for (const [id, definition] of Object.entries($defs)) components[id] = withoutId(definition)
  const name = own.$id ?? own.id
  if (typeof name !== "string") return own
  components[name] = withoutId(own)
  return { $ref: `#/components/schemas/${name}` }
}

/** In a component, an id would be the address that references are relative to. */
function withoutId({ id: _, $id: __, ...schema }: JsonSchema): JsonSchema {
  return schema
}

const named = z.registry<{ id: string }>()
for (const [name, schema] of Object.entries(dto)) {
  if (schema instanceof z.ZodObject) named.add(schema, { id: `${name.charAt(0).toUpperCase()}${name.slice(1)}` })
}
