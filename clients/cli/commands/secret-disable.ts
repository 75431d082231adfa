import { lifecycleCommand } from "../lifecycle.ts"

export const secretDisable = lifecycleCommand({
  about: "Lets every read of a secret fail, until it is enabled again. Nothing of a wider scope stands in for it.",
  whole: (api, secret) => api.disableSecret(secret),
  one: (api, version) => api.disableVersion(version),
  sentence: (what) => `${what} is disabled: reads fail until it is enabled again.`,
})
