import type { ReadOptions, Strongroom } from "./strongroom.ts"

/** What a program says of a secret that it needs. Never its value. */
export interface SecretDeclaration {
  description: string
  category?: "provider_credentials" | "infrastructure" | "integration" | "agent"
  format?: "text" | "json" | "pem" | "url"
  /** How old its current version may be, in days. */
  maxAgeDays?: number
  /** False for one that the program can do without. True if left out. */
  required?: boolean
}

type Declarations = Readonly<Record<string, SecretDeclaration>>
type Value<Declaration extends SecretDeclaration> = Declaration extends { required: false }
  ? string | undefined
  : string

export interface DefinedSecrets<Declared extends Declarations> {
  /** The declarations as they can be written to a file and applied: there is no value in them. */
  readonly manifest: { vault: string; secrets: Declared }
  /** One of them. Undefined only for one that isn't required and that the token can't read. */
  get<Name extends keyof Declared & string>(
    strongroom: Pick<Strongroom, "getSecret">,
    name: Name,
    options?: ReadOptions,
  ): Promise<Value<Declared[Name]>>
}

/** Declares the secrets of a vault that a program reads, by their names. */
export function defineSecret<const Declared extends Declarations>(
  vault: string,
  secrets: Declared,
): DefinedSecrets<Declared> {
  return {
    manifest: { vault, secrets },
    get: async <Name extends keyof Declared & string>(
      strongroom: Pick<Strongroom, "getSecret">,
      name: Name,
      options: ReadOptions = {},
    ) => {
      const read = strongroom.getSecret(vault, name, options)
      const found = secrets[name]?.required === false ? await read.catch(absentAsUndefined) : await read
      return found as Value<Declared[Name]> // undefined only where `required` is false, which is what Value says
    },
  }
}

/** Only an absence: what can't be reached or is refused isn't one. */
function absentAsUndefined(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "not_found") return undefined
  throw error
}
