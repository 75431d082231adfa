/** What pages say of providers, in whole words. */
import type { CheckLine, CheckReport, ProviderSummary } from "@/lib/contract/dto"
import {
  type NoticeEvent,
  type ProviderConsent,
  type ProviderKind,
  type ProviderStatus,
  providerConsents,
} from "@/lib/contract/words"
import type { Tone } from "../ui/tag"

/** After "It is": a kind in a sentence or a fact. */
export const kindWords: Readonly<Record<ProviderKind, string>> = {
  local_encrypted: "the built-in encrypted store",
  vault_dev: "Vault or OpenBao in dev mode",
  vault: "HashiCorp Vault or OpenBao",
  vault_hcp: "HCP Vault",
  aws_sm: "AWS Secrets Manager",
  azure_kv: "Azure Key Vault",
  infisical_cloud: "Infisical Cloud",
  infisical_self_host: "Infisical, self-hosted",
}

interface StatusWords {
  words: string
  tone: Tone
  /** What it means, and what to do. */
  meaning: string
}

export const statusWords: Readonly<Record<ProviderStatus, StatusWords>> = {
  up: { words: "Up", tone: "ok", meaning: "It answers, and does what it is asked." },
  standby: {
    words: "Standby",
    tone: "ok",
    meaning: "A standby server answers and hands requests on to the active one.",
  },
  throttled: {
    words: "Throttled",
    tone: "warn",
    meaning: "It asks us to wait. Strongroom does, and goes on by itself. If it lasts, raise its rate limit.",
  },
  forbidden: {
    words: "Forbidden",
    tone: "bad",
    meaning: "The credential may not do what is needed. Give it the policy that the check shows, then check again.",
  },
  unauthenticated: {
    words: "Not signed in",
    tone: "bad",
    meaning: "The credential isn't accepted any more: it ended, or was revoked. Replace it here.",
  },
  sealed: {
    words: "Sealed",
    tone: "bad",
    meaning: "It is running, but sealed. Whoever holds the unseal keys opens it; Strongroom then goes on by itself.",
  },
  uninitialized: {
    words: "Not initialized",
    tone: "bad",
    meaning: "A server answers that was never initialized. Initialize it, or correct the address.",
  },
  misconfigured: {
    words: "Misconfigured",
    tone: "bad",
    meaning: "What answers isn't what was registered: another cluster, no KV engine at the mount, or no Vault at all.",
  },
  tls: {
    words: "TLS",
    tone: "bad",
    meaning: "Its certificate isn't trusted. Renew it, or give the authority's certificate in the settings.",
  },
  unreachable: {
    words: "Unreachable",
    tone: "bad",
    meaning: "It gives no answer. Look at the server and the network between; Strongroom goes on by itself.",
  },
}

/** Whether it serves more than what is cached. */
export function isServing(status: ProviderStatus): boolean {
  return status === "up" || status === "standby" || status === "throttled"
}

/** What a line of a check is about, before its sentence. A line that isn't known here is named by its own word. */
export function checkTitle(id: string): string {
  return lineTitles[id] ?? sentenceCase(id.replaceAll(/[._-]/g, " "))
}

const lineTitles: Readonly<Partial<Record<string, string>>> = {
  tls: "TLS",
  signed_in: "Signed in",
  root_token: "Root token",
  personal_token: "A person’s token",
  orphan: "Ends with another token",
  uses: "Uses left",
  engine: "KV engine",
  "engine.limits": "Versions kept",
  read_only: "Reads only",
  capabilities: "What it may do",
  "capability.read": "Read",
  "capability.write": "Write",
  "capability.list": "List",
  "capability.delete": "Delete",
  "capability.undelete": "Bring back",
  "capability.destroy": "Destroy",
  "capability.patch": "Change one field",
  "capability.subkeys": "Names of fields",
  "capability.metadata.read": "History",
  "capability.metadata.write": "Mark as ours",
  "capability.metadata.patch": "Add our mark",
  "capability.metadata.delete": "Remove for good",
  "capability.lookup_self": "Look itself up",
  "capability.renew_self": "Renew itself",
  "capability.revoke_self": "Give itself up",
  "privilege.policies": "Too much: policies",
  "privilege.tokens": "Too much: tokens",
  "privilege.mounts": "Too much: mounts",
  "privilege.system": "Too much: the server",
  "privilege.other_mounts": "Too much: mounts",
  "privilege.other_prefixes": "Too much: outside",
  "privilege.similar_prefixes": "Too much: similar",
  "privilege.sudo": "Too much: sudo",
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "All 12 passed", "1 to mend, 2 to consider". */
export function checkSummary(lines: readonly Pick<CheckLine, "state">[]): { words: string; tone: Tone } {
  const count = (state: CheckLine["state"]): number => lines.filter((line) => line.state === state).length
  const [failed, warnings] = [count("failed"), count("warning")]
  const said = [
    ...(failed > 0 ? [`${failed} to mend`] : []),
    ...(warnings > 0 ? [`${warnings} to consider`] : []),
  ].join(", ")
  if (said !== "") return { words: said, tone: failed > 0 ? "bad" : "warn" }
  return { words: lines.length === 1 ? "Passed" : `All ${lines.length} passed`, tone: "ok" }
}

interface ConsentWords {
  /** What is ticked. */
  agree: string
  consequence: string
}

export const consentWords: Readonly<Record<ProviderConsent, ConsentWords>> = {
  plain_http: {
    agree: "Send values over plain HTTP",
    consequence: "Whoever is on the network between can read the credential and every value.",
  },
  development_server: {
    agree: "Keep values in a dev-mode server",
    consequence: "It keeps everything in memory: when it stops, every value there is gone.",
  },
  root_token: {
    agree: "Use a root token",
    consequence: "Whoever gets hold of it can do anything at that server. Let Strongroom make a team token instead.",
  },
  own_authority: {
    agree: "Trust this certificate authority",
    consequence: "Only servers that it certified are believed, and whoever holds its key can pose as the server.",
  },
  personal_token: {
    agree: "Use a person's own token",
    consequence: "It ends with that person's sign-in, and their rights become Strongroom's. AppRole is meant for this.",
  },
}

export interface Mark {
  words: string
  tone: Tone
}

/** What stands beside a provider's name in a list, besides its status. */
export function marksOf({ isDefault, isApproved, canWrite, kind }: ProviderSummary): Mark[] {
  return [
    ...(isDefault ? [{ words: "Default", tone: "accent" } as const] : []),
    ...(isApproved ? [] : [{ words: "Waits for approval", tone: "warn" } as const]),
    ...(canWrite || kind === "local_encrypted" ? [] : [{ words: "Read only", tone: "warn" } as const]),
  ]
}

/** "60 s", "5 min", "24 h", "7 days". */
export function durationWords(seconds: number): string {
  const day = 86_400
  if (seconds >= 2 * day && seconds % day === 0) return `${seconds / day} days`
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} min`
  return `${seconds} s`
}

/**
 * The lines of a check that has ended, as they are read: what has to be looked at by itself, and the rights that are
 * there, or what couldn't be tried, each as one line that opens.
 */
export function groupedLines(lines: readonly CheckLine[]): {
  single: CheckLine[]
  rights: CheckLine[]
  untried: CheckLine[]
} {
  const isRight = ({ id, state }: CheckLine): boolean => state === "passed" && id.startsWith("capability.")
  const isUntried = ({ state, mend }: CheckLine): boolean => state === "skipped" && mend === null
  return {
    single: lines.filter((line) => !isRight(line) && !isUntried(line)),
    rights: lines.filter(isRight),
    untried: lines.filter(isUntried),
  }
}

/** Texts of several lines that many lines of a check share, such as the policy: each is shown once. */
export function sharedPastes(lines: readonly Pick<CheckLine, "paste">[]): string[] {
  const long = lines.map(({ paste }) => paste).filter((paste) => paste !== null)
  return [...new Set(long.filter(isLong))]
}

export function isLong(paste: string): boolean {
  return paste.includes("\n")
}

/** Whether the operator can mend a line by their list of private addresses. */
export function needsOperator({ mend, paste }: Pick<CheckLine, "mend" | "paste">): boolean {
  return paste !== null && (mend ?? "").includes("STRONGROOM_EGRESS_ALLOW")
}

/** A mail to whoever runs Strongroom, with the exact entry. */
export function operatorMail(entry: string, scope: string): string {
  const subject = "Strongroom: please let it reach our Vault"
  const body = `Please add this entry to STRONGROOM_EGRESS_ALLOW of Strongroom and restart it, so that ${scope} can register its Vault:\n\n${entry}\n`
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`
}

/** Why a report doesn't allow saving; undefined when it does. */
export function reasonNotToSave(
  report: CheckReport | null | undefined,
  agreed: ReadonlySet<ProviderConsent>,
): string | undefined {
  if (report === undefined || report === null) return "Check these settings first."
  if (!report.passed) return "Mend what the check names, then check again."
  const missing = report.needsConsent.filter((consent) => !agreed.has(consent))
  return missing.length === 0 ? undefined : "Tick what you accept, or change it and check again."
}

/** What an answer says must be ticked, in the API's words: `plain_http, root_token`. */
export function consentsMissing(fault: string | undefined): ProviderConsent[] {
  return providerConsents.filter((consent) => fault?.split(", ").includes(consent))
}

export const noticeWords: Readonly<Record<NoticeEvent, string>> = {
  "provider.sealed": "A provider is sealed",
  "provider.unreachable": "A provider can't be reached",
  "provider.credential_expiring": "A provider's credential ends soon",
  "secret.drifted": "A secret was changed at its backend",
  "secret.rotation_due": "A rotation is due",
}
