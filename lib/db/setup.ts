import type { Transaction } from "./database.ts"

export interface SetupState {
  isDone: boolean
  /** SHA-256 of the code that opens it. */
  codeHash: Uint8Array | null
}

export async function readSetup(db: Transaction): Promise<SetupState> {
  const row = await db.installation.findUnique({ where: { id: 1 } })
  return { isDone: row === null ? false : row.setupCompletedAt !== null, codeHash: row?.setupCodeHash ?? null }
}

/** The same, held until the transaction ends: two who set up at once come here one after the other. */
export async function holdSetup(tx: Transaction): Promise<SetupState> {
  await tx.$queryRaw`SELECT 1 FROM "Installation" WHERE "id" = 1 FOR UPDATE`
  return readSetup(tx)
}

/** Replaces the code. False when setup is done. */
export async function storeSetupCode(db: Transaction, codeHash: Uint8Array): Promise<boolean> {
  const where = { id: 1, setupCompletedAt: null }
  const { count } = await db.installation.updateMany({ where, data: { setupCodeHash: Buffer.from(codeHash) } })
  return count === 1
}

/** Closes setup for good. */
export async function completeSetup(tx: Transaction): Promise<void> {
  await tx.$executeRaw`UPDATE "Installation" SET "setupCompletedAt" = now(), "setupCodeHash" = NULL WHERE "id" = 1`
}
