/** Tells when a secret is due for rotation: its days have passed since its current version was written. */
import { findDueForRotation, findRotated } from "../../db/rotation.ts"
import type { House } from "../context.ts"
import { raiseSecretNotice, resolveNotices } from "./notices.ts"

/** How many secrets one run looks after. */
const atOnce = 500

/**
 * Opens a notice for each secret that came to be due, and closes those of secrets that aren't any more. Answers how many
 * were opened or closed. Any number of processes may do so at once: one notice of a kind is open.
 */
export async function remindOfRotation({ database }: House): Promise<number> {
  const { prisma } = database
  const due = await findDueForRotation(prisma, atOnce)
  for (const { organizationId, scopeId, ...secret } of due) {
    await prisma.$transaction((tx) =>
      raiseSecretNotice(tx, { organizationId, scopeId, secret, event: "secret.rotation_due" }),
    )
  }
  const rotated = await findRotated(prisma, atOnce)
  for (const notice of rotated) await resolveNotices(prisma, notice, ["secret.rotation_due"])
  return due.length + rotated.length
}
