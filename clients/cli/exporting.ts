/** The forms that values can be written out in. */
import { StrongroomError } from "../sdk/index.ts"
import type { Variable } from "./reading.ts"

export interface KubernetesObject {
  name: string
  namespace: string | undefined
}

type Write = (variables: readonly Variable[], object: KubernetesObject) => string

export const exportFormats: Readonly<Record<string, Write>> = {
  env: (variables) => lines(variables, (each) => `${each.envName}=${quotedForShell(textOf(each))}`),
  json: (variables) =>
    `${JSON.stringify(Object.fromEntries(variables.map((each) => [each.envName, textOf(each)])), null, 2)}\n`,
  // A string of JSON's is one of YAML's, too.
  yaml: (variables) => lines(variables, (each) => `${each.envName}: ${JSON.stringify(textOf(each))}`),
  docker: (variables) => lines(variables, (each) => `${each.envName}=${onOneLine(each)}`),
  k8s: kubernetesSecret,
}

function lines(variables: readonly Variable[], line: (variable: Variable) => string): string {
  return variables.map((each) => `${line(each)}\n`).join("")
}

/** Bytes that aren't text stand in base64, as they do in an environment. */
function textOf({ bytes, isText }: Variable): string {
  return bytes.toString(isText ? "utf8" : "base64")
}

/** In single quotes a shell takes everything as it is. */
function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** @throws StrongroomError `unsupported`: docker reads a line as it is, and knows no quotes */
function onOneLine(variable: Variable): string {
  const text = textOf(variable)
  if (!/[\r\n]/.test(text)) return text
  throw new StrongroomError("unsupported", `${variable.ref} has several lines, which docker's --env-file can't hold.`)
}

function kubernetesSecret(variables: readonly Variable[], { name, namespace }: KubernetesObject): string {
  if (![name, namespace ?? name].every((each) => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(each))) {
    throw new StrongroomError("invalid", "A Kubernetes name has lower-case letters, digits, dots and inner dashes.")
  }
  const metadata = `  name: ${JSON.stringify(name)}\n${namespace === undefined ? "" : `  namespace: ${JSON.stringify(namespace)}\n`}`
  const data = lines(variables, ({ envName, bytes }) => `  ${envName}: ${bytes.toString("base64")}`)
  const body = variables.length === 0 ? "data: {}\n" : `data:\n${data}`
  return `apiVersion: v1\nkind: Secret\nmetadata:\n${metadata}type: Opaque\n${body}`
}
