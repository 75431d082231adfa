/** The providers that a scope's secrets are kept in. Until others can be registered, that is the built-in store. */
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
  const [organization] = scope.path.split(".")
  return {
    items: [
      {
        id: "local_encrypted",
        name: "Built-in",
        kind: "local_encrypted",
        scope: organization ?? scope.path,
        isDefault: true,
        state: "up",
        secretCount,
        warnings: context.house.production ? [developmentOnly] : [],
      },
    ],
  }
}

const developmentOnly =
  "The built-in encrypted store is meant for development. In production, use AWS Secrets Manager or HashiCorp Vault as the backend."

export const listingProviders: UseCases<"listProviders"> = { listProviders }
