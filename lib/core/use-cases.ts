/** Every operation's use case, gathered from the rooms of core. The compiler sees that none is missing. */
import type { OperationName } from "../contract/routes.ts"
import type { UseCases } from "./context.ts"

export const useCases: UseCases<OperationName> = {}
