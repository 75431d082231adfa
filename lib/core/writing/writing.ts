/** The use cases that put values in or destroy them. */
import type { UseCases } from "../context.ts"
import { createSecret } from "./create-secret.ts"
import { destroying } from "./destroy.ts"
import { importing } from "./import.ts"
import { trashing } from "./trash.ts"
import { writingVersions } from "./versions.ts"

export const writing: UseCases<
  | "createSecret"
  | "writeVersion"
  | "rollBack"
  | "destroyVersion"
  | "destroySecret"
  | "deleteVersion"
  | "restoreVersion"
  | "previewImport"
  | "runImport"
> = { createSecret, ...writingVersions, ...destroying, ...trashing, ...importing }
