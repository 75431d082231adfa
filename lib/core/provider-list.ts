/** The providers that a scope's secrets are kept in. Until others can be registered, that is the built-in store. */
import { builtInName } from "../contract/words.ts"
import { authorize } from "./authorize.ts"
import type { UseCase, UseCases } from "./context.ts"

const listProviders: UseCase<"listProviders"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const secretCount = await context.house.database.prisma.secret.count({
    where: {
      organizationId: scope.organizationId,
      scopeId: scope.id,
      provider: "local_encrypted",
      state: { in: ["active", "disabled"] },
      currentVersion: { gt: 0 },
    },
  })
  const now = new Date().toISOString()
  return {
    items: [
      {
        id: null,
        name: builtInName,
        kind: "local_encrypted",
        scope: null,
        target: "Strongroom's own database",
        isDefault: true,
        status: "up",
        statusSince: now,
        checkedAt: now,
        canWrite: true,
        isApproved: true,
        secretCount,
        warnings: context.house.production ? [developmentOnly] : [],
      },
    ],
  }
}

const developmentOnly =
  "The built-in encrypted store is meant for development. In production, use AWS Secrets Manager or HashiCorp Vault as the backend."

export const listingProviders: UseCases<"listProviders"> = { listProviders }
