/** The values as variables of a child's environment. */
import { isRefusedEnvironmentName } from "../../lib/contract/environment-names.ts"
import { StrongroomError } from "../sdk/index.ts"
import { note } from "./output.ts"
import type { Variable } from "./reading.ts"

/**
 * Whoever edits a secret doesn't own the program: a name by which programs are made to do something else is refused,
 * unless whoever runs the program allows it.
 * @throws StrongroomError `forbidden` for such names, `unsupported` for a value that no environment can hold
 */
export function variablesOf(variables: readonly Variable[], allowed: readonly string[]): Record<string, string> {
  const names = variables.map(({ envName }) => envName)
  const refused = names.filter((name) => isRefusedEnvironmentName(name) && !allowed.includes(name))
  if (refused.length > 0) {
    throw new StrongroomError(
      "forbidden",
      `${refused.join(", ")} would change how the program runs, connects or trusts. Give the secret another environment name, or say --allow-env ${refused[0] ?? ""} if you mean it.`,
    )
  }
  return Object.fromEntries(variables.map((variable) => [variable.envName, textFor(variable)]))
}

function textFor({ bytes, isText, envName, ref }: Variable): string {
  if (!isText) {
    note(`${ref} isn't text: ${envName} holds its bytes in base64.`)
    return bytes.toString("base64")
  }
  if (!bytes.includes(0)) return bytes.toString("utf8")
  throw new StrongroomError("unsupported", `${ref} has a zero byte, which no environment can hold. Use read or inject.`)
}
