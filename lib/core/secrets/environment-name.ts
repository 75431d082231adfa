/**
 * The environment variable that a secret arrives in: whoever edits secrets must not come to own the programs that get
 * them, so some names are refused, whether they were chosen or come from the secret's own name.
 */
import { isRefusedEnvironmentName } from "../../contract/environment-names.ts"
import { defaultEnvName, refusedEnvironmentName } from "../../contract/names.ts"
import { AppError } from "../../errors.ts"

export interface NamedSecret {
  name: string
  envName: string | null
}

/** The variable's name. */
export function environmentNameOf({ name, envName }: NamedSecret): string {
  return envName ?? defaultEnvName(name)
}

/** Throws `invalid` for a secret that would arrive as a variable by which programs are made to do something else. */
export function refuseEnvironmentNameOf(secret: NamedSecret): void {
  const problem = environmentNameProblem(secret)
  if (problem === undefined) return
  throw new AppError("invalid", problem, { fields: { envName: problem } })
}

/** What is wrong with the variable that a secret would arrive in; undefined when nothing is. */
export function environmentNameProblem(secret: NamedSecret): string | undefined {
  const variable = environmentNameOf(secret)
  if (!isRefusedEnvironmentName(variable)) return undefined
  if (secret.envName !== null) return refusedEnvironmentName(variable)
  return `"${secret.name}" would arrive in an environment as ${variable}. ${refusedEnvironmentName(variable)}`
}
