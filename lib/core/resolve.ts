/**
 * The effective set of a workspace: for each vault and name the narrowest scope's secret wins. Its ETag is made of the
 * generations on the workspace's path and of the grants that cover it, so a poller who holds the set costs no walk
 * through it, and nothing is hashed that was opened.
 */
import type { ParsedInputOf } from "../contract/api.ts"
import type { Disclosure, EffectiveSet } from "../contract/dto.ts"
import { defaultEnvName, formatReference } from "../contract/names.ts"
import type { Database } from "../db/database.ts"
import { type FoundSecret, findEffectiveSet, type SetFinding } from "../db/hot-reads.ts"
import { AppError } from "../errors.ts"
import type { MachineCaller } from "./caller.ts"
import { aboutSeveral, etagOf, faultOf, type Granted, type Loaded, type ReadableSecret } from "./disclosing/granted.ts"
import { permitReading, type ReadPermit } from "./disclosing/machine.ts"
import type { About } from "./disclosing/values.ts"

/** Throws `not_found`, the same for a scope or vault that isn't there and for one where nothing is granted. */
export function grantSet(
  database: Database,
  machine: MachineCaller,
  input: ParsedInputOf<"resolve">,
  found: SetFinding,
  about: About,
): Granted<EffectiveSet> {
  const { workspace, grantIds, generations } = found
  const scope = input.scope ?? machine.scopePath
  about(workspace === null ? { details: { askedScope: scope } } : { scope: workspace })
  const permit = permitReading(machine, workspace, grantIds.length > 0)
  if (permit === undefined) throw nothingReadable(scope, machine)
  const vaults = input.vault === undefined ? null : [...new Set(input.vault)].sort()
  if (vaults !== null) about({ details: { vaults: vaults.join(" ") } })
  for (const vault of vaults ?? []) if (!found.vaults.includes(vault)) throw noSuchVault(vault, scope, machine)
  return {
    permit,
    etag: etagOf(["set", permit.workspace.id, ...generations, ...grantIds, ...(vaults ?? ["*"])]),
    confirmed: [],
    // Who knows what is in it: only loading it tells.
    asksElsewhere: true,
    load: () => loadSet(database, permit, vaults),
  }
}

async function loadSet(
  database: Database,
  { machine, workspace }: ReadPermit,
  vaults: readonly string[] | null,
): Promise<Loaded<EffectiveSet>> {
  const { organizationId, id: accountId } = machine
  const all = await findEffectiveSet(database, { organizationId, accountId, workspaceId: workspace.id, vaults })
  const withheld = all.filter(isWithheld)
  const secrets = all.filter((secret) => !isWithheld(secret)).map(readable)
  refuseClashes(secrets)
  return {
    secrets,
    about: aboutSeveral(secrets),
    compose: (disclosures) => ({
      scope: workspace.path,
      secrets: disclosures.map((disclosure, index) => withEnvName(disclosure, secrets[index])),
      withheld: withheld.map(({ scope, vault, name, version }) => ({ scope, vault, name, version })),
    }),
  }
}

/**
 * Disabled ones don't make the others unreadable, and don't uncover a wider scope's: they are named apart, so that
 * their absence is no riddle.
 */
function isWithheld({ state, versionState }: FoundSecret): boolean {
  return state !== "active" || versionState !== "enabled"
}

function readable(secret: FoundSecret): ReadableSecret {
  const fault = faultOf(secret)
  if (fault !== undefined) throw fault
  // No fault means that its ciphertext is at hand.
  return secret as ReadableSecret
}

function withEnvName(disclosure: Disclosure, secret: FoundSecret | undefined): Disclosure & { envName: string } {
  return { ...disclosure, envName: envNameOf(secret ?? { name: disclosure.name, envName: null }) }
}

function envNameOf({ name, envName }: Pick<FoundSecret, "name" | "envName">): string {
  return envName ?? defaultEnvName(name)
}

/** Two secrets can't both arrive in one environment variable, and we don't choose for anybody. */
function refuseClashes(secrets: readonly FoundSecret[]): void {
  for (const [envName, sharing] of Map.groupBy(secrets, envNameOf)) {
    if (sharing.length > 1) throw clash(envName, sharing)
  }
}

function clash(envName: string, sharing: readonly FoundSecret[]): AppError {
  const references = sharing.map(({ scope, vault, name }) => formatReference({ scope, vault, secret: name }))
  const message = `${references.join(" and ")} meet in the environment variable ${envName}. Give one of them an environment name of its own, or ask for one vault only.`
  return new AppError("conflict", message)
}

function nothingReadable(scope: string, machine: MachineCaller): AppError {
  const message = `There is no scope ${scope} that this token may read. Look at its name, and at the grants of "${machine.name}".`
  return new AppError("not_found", message)
}

function noSuchVault(vault: string, scope: string, machine: MachineCaller): AppError {
  const message = `There is no vault "${vault}" in ${scope} that this token may read. Look at its name, and at the grants of "${machine.name}".`
  return new AppError("not_found", message)
}
