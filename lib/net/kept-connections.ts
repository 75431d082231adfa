/** Which requests may follow each other on one connection: those of one owner, to one origin, trusting one CA. */
import { createHash } from "node:crypto"
import { type Connect, PinnedAgent } from "./pinned-agent.ts"
import type { Target } from "./target.ts"

export interface KeptConnections {
  /** The agent that these requests share; `connect` opens what it lacks. */
  agentFor(owner: string, target: Target, ca: string | undefined, connect: Connect): PinnedAgent
  close(): void
}

export function keepConnections(): KeptConnections {
  const agents = new Map<string, PinnedAgent>()
  const forgetEmpty = (): void => {
    for (const [key, agent] of agents) if (agent.isEmpty) agents.delete(key)
  }
  return {
    agentFor: (owner, target, ca, connect) => {
      const key = keyOf(owner, target, ca)
      const kept = agents.get(key)
      if (kept !== undefined) return kept
      forgetEmpty()
      const agent = new PinnedAgent(target.secure, true, connect)
      agents.set(key, agent)
      return agent
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

function keyOf(owner: string, { secure, host, port }: Target, ca: string | undefined): string {
  const trust = ca === undefined ? null : createHash("sha256").update(ca).digest("hex")
  return JSON.stringify([owner, secure, host, port, trust])
}
