/**
 * What is in a secret at Vault, which is always a set of named fields.
 *
 * A secret of ours is one field: `{"value": "…"}`, verbatim; for bytes that aren't UTF-8
 * `{"value": "<base64>", "encoding": "base64"}`. Of what others made, one field can be a secret: its text, or the JSON
 * of a field that isn't text. Taken whole, several fields are the JSON of all of them.
 */
import { expose, Secret } from "../../secret.ts"
import { ProviderError } from "../provider.ts"

export type Fields = Readonly<Record<string, unknown>>

/** A value as the fields of a whole secret. */
export function fieldsFor(value: Secret): Fields {
  const text = textOf(value)
  return text === undefined
    ? { value: Buffer.from(expose(value)).toString("base64"), encoding: "base64" }
    : { value: text }
}

/**
 * A value as the content of one field.
 * @throws ProviderError `invalid` for bytes that aren't text
 */
export function fieldFor(value: Secret): string {
  const text = textOf(value)
  if (text !== undefined) return text
  throw new ProviderError("invalid", "This value isn't UTF-8 text, and a field at Vault holds nothing else.")
}

/**
 * @throws ProviderError `not_found` when the field isn't there, `damaged` when it says that it is base64 and isn't
 */
export function valueIn(fields: Fields, field: string | null): Secret {
  if (field === null) return wholeOf(withoutMark(fields))
  if (Object.hasOwn(fields, field)) return Secret.fromText(asText(fields[field]))
  throw new ProviderError("not_found", `What lies there has no field "${field}" any more.`)
}

/**
 * Whether it is in the form that we write. Writing anything else as a whole would take its fields away from whoever
 * reads them.
 * @throws ProviderError `unsupported`
 */
export function checkOneValue(fields: Fields): void {
  if (isOneValue(withoutMark(fields))) return
  throw new ProviderError(
    "unsupported",
    'What lies there isn\'t one field called "value". Adopt the field that is wanted, or adopt it as external, to read only.',
  )
}

/**
 * Our marker on KV v1, where there is no room for it but beside the value. It is still there after the mount became
 * version 2, and no part of the value there either.
 */
export const markField = "strongroom"

/** Installation, organization, secret and write. */
const kv1Mark = /^(?:[0-9a-z-]{8,64}\/){3}[0-9a-z-]+$/

function withoutMark(fields: Fields): Fields {
  const { [markField]: mark, ...others } = fields
  return typeof mark === "string" && kv1Mark.test(mark) ? others : fields
}

function isOneValue(fields: Fields): boolean {
  const names = Object.keys(fields).toSorted().join()
  const isText = typeof fields.value === "string"
  return isText && (names === "value" || (names === "encoding,value" && fields.encoding === "base64"))
}

function wholeOf(fields: Fields): Secret {
  if (!isOneValue(fields)) return Secret.fromText(asText(fields))
  const text = asText(fields.value)
  if (fields.encoding === undefined) return Secret.fromText(text)
  const bytes = Buffer.from(text, "base64")
  if (bytes.toString("base64") === text) return Secret.fromBytes(bytes)
  throw new ProviderError("damaged", "The value says that it is base64, and isn't.")
}

function textOf(value: Secret): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(expose(value))
  } catch {
    return undefined
  }
}

function asText(content: unknown): string {
  return typeof content === "string" ? content : JSON.stringify(content)
}
