/** Every operation's use case, gathered from the rooms of core. The compiler sees that none is missing. */
import type { OperationName } from "../contract/routes.ts"
import { adopting } from "./adopting/adopting.ts"
import { approving } from "./approvals/approvals.ts"
import { readingAudit } from "./audit-reading.ts"
import type { UseCases } from "./context.ts"
import { machineReads } from "./disclose.ts"
import { drifting } from "./drift.ts"
import { identityUseCases } from "./identity/identity-use-cases.ts"
import { managingAccessTokens } from "./machines/access-tokens.ts"
import { exchanging } from "./machines/exchange.ts"
import { managingGrants } from "./machines/grants.ts"
import { tellingReaders } from "./machines/readers.ts"
import { managingServiceAccounts } from "./machines/service-accounts.ts"
import { managingTrustRules } from "./machines/trust-rules.ts"
import { noticing } from "./notices/notices.ts"
import { managingWebhooks } from "./notices/webhooks.ts"
import { bootstrappingProviders } from "./providers/bootstrapping.ts"
import { changingProviders } from "./providers/changing.ts"
import { choosingDefaults } from "./providers/defaulting.ts"
import { checkingProviders } from "./providers/drafts.ts"
import { lookingAtProviders } from "./providers/looking.ts"
import { recheckingProviders } from "./providers/probing.ts"
import { registeringProviders } from "./providers/registering.ts"
import { explaining } from "./resolving/explain.ts"
import { managingScopes } from "./scopes.ts"
import { searching } from "./search.ts"
import { changingSecrets } from "./secrets/change.ts"
import { readingSecrets } from "./secrets/read.ts"
import { transferring } from "./transfers/transfers.ts"
import { managingVaults } from "./vaults.ts"
import { writing } from "./writing/writing.ts"

export const useCases: UseCases<OperationName> = {
  ...managingScopes,
  ...approving,
  ...searching,
  ...managingVaults,
  ...readingSecrets,
  ...changingSecrets,
  ...lookingAtProviders,
  ...checkingProviders,
  ...registeringProviders,
  ...bootstrappingProviders,
  ...changingProviders,
  ...recheckingProviders,
  ...choosingDefaults,
  ...identityUseCases,
  ...managingServiceAccounts,
  ...managingGrants,
  ...managingAccessTokens,
  ...managingTrustRules,
  ...exchanging,
  ...tellingReaders,
  ...machineReads,
  ...explaining,
  ...readingAudit,
  ...writing,
  ...noticing,
  ...managingWebhooks,
  ...drifting,
  ...transferring,
  ...adopting,
}
