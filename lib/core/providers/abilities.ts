/** What can be done with the versions of a secret where it is kept. */
import type { SecretDetail } from "../../contract/dto.ts"
import type { Capabilities } from "../../providers/provider.ts"
import { builtInProvider } from "../../providers/registry.ts"

export function abilitiesOf(_secret: { provider: string }): SecretDetail["abilities"] {
  return toAbilities(builtInProvider.capabilities)
}

function toAbilities({ versions, trash, destroyVersion, limits }: Capabilities): SecretDetail["abilities"] {
  return { versions, trash, destroyVersion, keepsVersions: limits.versions }
}
