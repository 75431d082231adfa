/**
 * Secrets by their addresses. Each is looked up as its workspace sees it, with the token's grants there.
 *
 * `forbidden` says that no grant covers an address, and so nothing of whether a secret is there; `missing` is told only
 * where a grant covers it.
 */
import type { ParsedInputOf } from "../../contract/api.ts"
import type { Resolution, Unresolved } from "../../contract/dto.ts"
import { fold, formatAddress, type SecretAddress } from "../../contract/names.ts"
import type { ValueFinding, ValueQuestion } from "../../db/hot-reads.ts"
import type { MachineCaller } from "../caller.ts"
import { etagOf, type Granted, identityOf, isRemote } from "../disclosing/granted.ts"
import { permitReading } from "../disclosing/machine.ts"
import type { About } from "../disclosing/values.ts"
import { type AtPlace, aboutPlace, type Place, requirePlace } from "./place.ts"
import { type Referred, refusal, resolutionOf } from "./resolution.ts"

export function questionsOfReferences(
  tokenHash: Uint8Array,
  { refs }: ParsedInputOf<"resolveReferences">,
  place: Place,
): ValueQuestion[] {
  return refs.map(({ scope, vault, secret, version }) => {
    return { tokenHash, scope: scope ?? place.scope, vault, foldedName: fold(secret), version }
  })
}

/** Throws `not_found` with all of them where nothing is granted, also to those who take a part. */
export function grantReferences(
  machine: MachineCaller,
  input: AtPlace<ParsedInputOf<"resolveReferences">>,
  findings: readonly ValueFinding[],
  about: About,
): Granted<Resolution> {
  const { refs, partial, place } = input
  const scope = place.scope ?? machine.scopePath
  const workspace = findings.find(({ granted }) => granted)?.workspace ?? null
  about(aboutPlace(input, scope, workspace))
  about({ details: { names: refs.map(formatAddress).join(" ") } })
  requirePlace(place)
  const { found, unresolved } = sorted(refs, findings, machine)
  const permit = permitReading(machine, workspace, workspace !== null)
  if (permit === undefined) throw refusal(unresolved)
  const loaded = resolutionOf({ scope, found, unresolved, partial })
  about(loaded.about)
  const identities = found.flatMap(({ secret }) => [...identityOf(secret), secret.envName ?? "", secret.state])
  const states = found.map(({ secret }) => secret.versionState ?? "")
  return {
    permit,
    etag: etagOf(["references", String(partial), scope, ...refs.map(formatAddress), ...identities, ...states]),
    confirmed: loaded.secrets,
    asksElsewhere: loaded.secrets.some(isRemote),
    load: () => Promise.resolve(loaded),
  }
}

function sorted(
  refs: readonly SecretAddress[],
  findings: readonly ValueFinding[],
  machine: MachineCaller,
): { found: Referred[]; unresolved: Unresolved[] } {
  const found: Referred[] = []
  const unresolved: Unresolved[] = []
  for (const [index, address] of refs.entries()) {
    const ref = formatAddress(address)
    const { granted = false, secret = null, workspace = null } = findings[index] ?? {}
    if (!granted) unresolved.push(forbidden(address, ref, machine))
    else if (secret === null) unresolved.push(missing(address, ref, workspace?.path ?? ""))
    else found.push({ ref, secret })
  }
  return { found, unresolved }
}

function forbidden({ secret }: SecretAddress, ref: string, machine: MachineCaller): Unresolved {
  const detail = `No grant of "${machine.name}" covers ${ref}, whether or not it is there. Look at the address, and at its grants.`
  return { name: secret, ref, reason: "forbidden", detail }
}

function missing({ secret, vault }: SecretAddress, ref: string, scope: string): Unresolved {
  const detail = `There is no ${secret} in the vault "${vault}" of ${scope} or above it. Look at its name.`
  return { name: secret, ref, reason: "missing", detail }
}
