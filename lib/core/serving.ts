import { sayServing } from "../db/encryption-keys.ts"
import type { House } from "./context.ts"

/** Says that this process still serves, and with which keys. Where nobody hears of it, nothing waits for it. */
export async function saySo({ database, serving }: House): Promise<void> {
  if (serving !== undefined) await sayServing(database.prisma, serving)
}
