/**
 * The effective set of a workspace: for each vault and name the narrowest scope's secret wins. Its ETag is made of the
 * generations on the workspace's path and of the grants that cover it, so a poller who holds the set costs no walk
 * through it, and nothing is hashed that was opened.
 */
import type { ParsedInputOf } from "../../contract/api.ts"
import type { Resolution } from "../../contract/dto.ts"
import { formatAddress } from "../../contract/names.ts"
import type { Database } from "../../db/database.ts"
import { findEffectiveSet, type SetFinding } from "../../db/hot-reads.ts"
import { AppError } from "../../errors.ts"
import type { MachineCaller } from "../caller.ts"
import { etagOf, type Granted, type Loaded } from "../disclosing/granted.ts"
import { permitReading, type ReadPermit } from "../disclosing/machine.ts"
import type { About } from "../disclosing/values.ts"
import { type AtPlace, aboutPlace, requirePlace } from "./place.ts"
import { resolutionOf } from "./resolution.ts"

/** Throws `not_found`, the same for a scope or vault that isn't there and for one where nothing is granted. */
export function grantSet(
  database: Database,
  machine: MachineCaller,
  input: AtPlace<ParsedInputOf<"resolve">>,
  found: SetFinding,
  about: About,
): Granted<Resolution> {
  const { workspace, grantIds, generations } = found
  const scope = input.place.scope ?? machine.scopePath
  about(aboutPlace(input, scope, workspace))
  requirePlace(input.place)
  const permit = permitReading(machine, workspace, grantIds.length > 0)
  if (permit === undefined) throw nothingReadable(scope, machine)
  const vaults = input.vault === undefined ? null : [...new Set(input.vault)].sort()
  if (vaults !== null) about({ details: { vaults: vaults.join(" ") } })
  for (const vault of vaults ?? []) if (!found.vaults.includes(vault)) throw noSuchVault(vault, scope, machine)
  const parts = ["set", String(input.partial), permit.workspace.id, ...generations, ...grantIds, ...(vaults ?? ["*"])]
  return {
    permit,
    etag: etagOf(parts),
    confirmed: [],
    // Who knows what is in it: only loading it tells.
    asksElsewhere: true,
    load: () => loadSet(database, permit, vaults, input.partial),
  }
}

async function loadSet(
  database: Database,
  { machine, workspace }: ReadPermit,
  vaults: readonly string[] | null,
  partial: boolean,
): Promise<Loaded<Resolution>> {
  const { organizationId, id: accountId } = machine
  const all = await findEffectiveSet(database, { organizationId, accountId, workspaceId: workspace.id, vaults })
  const scope = workspace.path
  const found = all.map((secret) => ({
    ref: formatAddress({ scope, vault: secret.vault, secret: secret.name, version: null }),
    secret,
  }))
  return resolutionOf({ scope, found, partial })
}

function nothingReadable(scope: string, machine: MachineCaller): AppError {
  const message = `There is no scope ${scope} that this token may read. Look at its name, and at the grants of "${machine.name}".`
  return new AppError("not_found", message)
}

function noSuchVault(vault: string, scope: string, machine: MachineCaller): AppError {
  const message = `There is no vault "${vault}" in ${scope} that this token may read. Look at its name, and at the grants of "${machine.name}".`
  return new AppError("not_found", message)
}
