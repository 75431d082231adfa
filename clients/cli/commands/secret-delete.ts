import { lifecycleCommand } from "../lifecycle.ts"

export const secretDelete = lifecycleCommand({
  about: "Deletes a secret. For thirty days it can be restored. A wider scope's secret of that name is read instead.",
  whole: (api, secret) => api.deleteSecret(secret),
  one: (api, version) => api.deleteVersion(version),
  sentence: (what) => `${what} is deleted. It can be restored for a while: strongroom secret restore`,
})
