/** Strongroom's SDK for programs: no dependencies, and nothing but `fetch` of the platform that it runs on. */
export { AppError as StrongroomError } from "../../lib/errors.ts"
export { type DefinedSecrets, defineSecret, type SecretDeclaration } from "./program/define-secret.ts"
export {
  type Reading,
  type ReadOptions,
  type ResolvedEntry,
  type ResolvedSet,
  type ResolveOptions,
  Strongroom,
  type StrongroomOptions,
  type Unresolved,
} from "./program/strongroom.ts"
export { type WatchOptions } from "./program/watching.ts"
export { ApiError } from "./wire/answer.ts"
