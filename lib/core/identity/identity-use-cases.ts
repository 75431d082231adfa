/** Who people are, how they come in, and what they may do: this room's use cases. */
import { inviting } from "./invitations.ts"
import { tellingExposure } from "./known-secrets.ts"
import { oneself } from "./me.ts"
import { managingPeople } from "./people.ts"
import { watchingSessions } from "./sessions.ts"
import { settingUp } from "./setup.ts"
import { signingIn } from "./sign-in.ts"
import { signingInWithIdentity } from "./sign-in-with-identity.ts"

export const identityUseCases = {
  ...settingUp,
  ...signingIn,
  ...signingInWithIdentity,
  ...inviting,
  ...oneself,
  ...managingPeople,
  ...tellingExposure,
  ...watchingSessions,
}
