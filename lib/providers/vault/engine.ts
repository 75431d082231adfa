/** What a store needs of one mount, whichever version its engine has. */
import type { VaultClient } from "./client.ts"
import type { SignedIn } from "./session.ts"
import type { VaultSettings } from "./settings.ts"

export interface Engine {
  settings: VaultSettings
  client: VaultClient
  signedIn: SignedIn
  instanceId: string
  now: () => Date
}
