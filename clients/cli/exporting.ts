/** The forms that values can be written out in. */
import { StrongroomError } from "../sdk/index.ts"
import type { Value } from "./reading.ts"

export interface KubernetesObject {
  name: string
  namespace: string | undefined
}

type Write = (values: ReadonlyMap<string, Value>, object: KubernetesObject) => string

export const exportFormats: Readonly<Record<string, Write>> = {
  env: (values) => lines(values, (name, value) => `${name}=${quotedForShell(textOf(value))}`),
  json: (values) =>
    `${JSON.stringify(Object.fromEntries([...values].map(([name, value]) => [name, textOf(value)])), null, 2)}\n`,
  // A string of JSON's is one of YAML's, too.
  yaml: (values) => lines(values, (name, value) => `${name}: ${JSON.stringify(textOf(value))}`),
  docker: (values) => lines(values, (name, value) => `${name}=${onOneLine(value)}`),
  k8s: kubernetesSecret,
}

function lines(values: ReadonlyMap<string, Value>, line: (name: string, value: Value) => string): string {
  return [...values].map(([name, value]) => `${line(name, value)}\n`).join("")
}

/** Bytes that aren't text stand in base64, as they do in an environment. */
function textOf({ bytes, isText }: Value): string {
  return bytes.toString(isText ? "utf8" : "base64")
}

/** In single quotes a shell takes everything as it is. */
function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** @throws StrongroomError `unsupported`: docker reads a line as it is, and knows no quotes */
function onOneLine(value: Value): string {
  const text = textOf(value)
  if (!/[\r\n]/.test(text)) return text
  throw new StrongroomError("unsupported", `${value.ref} has several lines, which docker's --env-file can't hold.`)
}

function kubernetesSecret(values: ReadonlyMap<string, Value>, { name, namespace }: KubernetesObject): string {
  if (![name, namespace ?? name].every((each) => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(each))) {
    throw new StrongroomError("invalid", "A Kubernetes name has lower-case letters, digits, dots and inner dashes.")
  }
  const metadata = `  name: ${JSON.stringify(name)}\n${namespace === undefined ? "" : `  namespace: ${JSON.stringify(namespace)}\n`}`
  const data = lines(values, (key, { bytes }) => `  ${key}: ${bytes.toString("base64")}`)
  const body = values.size === 0 ? "data: {}\n" : `data:\n${data}`
  return `apiVersion: v1\nkind: Secret\nmetadata:\n${metadata}type: Opaque\n${body}`
}
