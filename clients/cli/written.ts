/** What a write came to, in words. */
import type { Answer } from "./command.ts"
import { exitCodes } from "./exit-codes.ts"

interface Written {
  outcome: "written" | "unchanged" | "pending_approval" | "unknown"
  version: { number: number; publicKey: string | null }
}

export function tellWritten(address: string, written: Written): Answer {
  const { outcome, version } = written
  const key = version.publicKey === null ? "" : `\n${version.publicKey.trimEnd()}`
  return {
    kind: "said",
    text: `${sentences[outcome](address, version.number)}${key}`,
    json: written,
    code: outcome === "unknown" ? exitCodes.unavailable : exitCodes.done,
  }
}

const sentences: Record<Written["outcome"], (address: string, version: number) => string> = {
  written: (address, version) => `Version ${version} of ${address} is current.`,
  unchanged: (address, version) => `Nothing changed: version ${version} of ${address} is current.`,
  pending_approval: (address, version) => `Version ${version} of ${address} waits for somebody's approval.`,
  unknown: (address, version) =>
    `The store gave no answer: it isn't known whether version ${version} of ${address} was written. Look at its history in a minute.`,
}
