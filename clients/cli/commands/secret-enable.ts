import { lifecycleCommand } from "../lifecycle.ts"

export const secretEnable = lifecycleCommand({
  about: "Lets a disabled secret be read again.",
  whole: (api, secret) => api.enableSecret(secret),
  one: (api, version) => api.enableVersion(version),
  sentence: (what) => `${what} is enabled.`,
})
