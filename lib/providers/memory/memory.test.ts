import { describeProvider } from "../provider-contract.ts"
import { memory } from "./memory.ts"

describeProvider("memory", memory.capabilities, async () => {
  const unused = (): never => {
    throw new Error("Memory needs nothing of the host.")
  }
  const host = {
    now: () => new Date(),
    sealing: { seal: unused, open: unused },
    sealedValues: { add: unused, find: unused, versionsOf: unused, remove: unused, secretIds: unused },
  }
  const open = () => memory.open(host)
  return {
    store: open(),
    capabilities: memory.capabilities,
    reopen: async () => open(),
    forgets: true,
    organizationId: crypto.randomUUID(),
  }
})
