/**
 * One process has a transfer at a time, for as long as it says so before each step. One that was too slow has lost it, and
 * leaves everything to the other.
 */
import { type HeldTransfer, keepTransfer } from "../../db/carried-transfers.ts"
import type { House } from "../context.ts"

/** Another process has the transfer: whatever was begun is its business. */
export class TransferLost extends Error {}

/** Throws TransferLost when another process has it. */
export async function keep({ database }: House, transfer: HeldTransfer): Promise<void> {
  if (!(await keepTransfer(database, transfer))) throw new TransferLost("Another process has this transfer.")
}
