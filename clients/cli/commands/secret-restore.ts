import { lifecycleCommand } from "../lifecycle.ts"

export const secretRestore = lifecycleCommand({
  about: "Brings a deleted secret back.",
  whole: (api, secret) => api.restoreSecret(secret),
  one: (api, version) => api.restoreVersion(version),
  sentence: (what) => `${what} is back.`,
})
