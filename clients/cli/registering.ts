/**
 * Registering a backend, the same way by questions and by options: a live check first, whose lines are shown as they
 * come; then what has to be agreed to; then it is saved. Nothing is written at the backend.
 */
import { setTimeout as wait } from "node:timers/promises"
import { StrongroomError } from "../sdk/index.ts"
import type { Answer } from "./command.ts"
import type { Api } from "./connection.ts"
import { exitCodes } from "./exit-codes.ts"
import { note, plain } from "./output.ts"

type Registration = Parameters<Api["registerProvider"]>[0]
export type ProviderKind = Registration["kind"]
export type Consent = NonNullable<Registration["consents"]>[number]
type Draft = Awaited<ReturnType<Api["checkProvider"]>>
type Report = NonNullable<Draft["report"]>
export type CheckLine = Report["lines"][number]

export interface Backend {
  scope: string
  kind: ProviderKind
  name: string
  settings: Record<string, string | number | boolean | null>
  credential: Record<string, string>
}

export interface Terms {
  makeDefault: boolean
  /** Those of the needed consents that are given. */
  consentsTo(needed: readonly Consent[]): Promise<Consent[]>
}

export const providerKinds: readonly ProviderKind[] = [
  "vault",
  "vault_dev",
  "vault_hcp",
  "aws_sm",
  "azure_kv",
  "infisical_cloud",
  "infisical_self_host",
]

const consentText: Record<Consent, string> = {
  plain_http: "values and the credential go over the network without encryption",
  development_server: "it is a development server, which forgets everything when it stops",
  root_token: "the credential may do everything there",
  own_authority: "its certificate is vouched for by an authority of its own",
  personal_token: "the credential belongs to a person, and ends when they leave",
}

/** @throws StrongroomError `invalid` for a kind that there isn't */
export function readKind(text: string | undefined): ProviderKind {
  const kind = providerKinds.find((known) => known === text)
  if (kind !== undefined) return kind
  throw new StrongroomError("invalid", `Say what kind of backend it is: --kind ${providerKinds.join(", ")}.`)
}

/** @throws StrongroomError `invalid` for a consent that there isn't */
export function readConsents(texts: readonly string[]): Consent[] {
  return texts.map((text) => {
    if (Object.hasOwn(consentText, text)) return text as Consent // a key of that very table
    throw new StrongroomError("invalid", `What can be agreed to is: ${Object.keys(consentText).join(", ")}.`)
  })
}

export function sentenceOf(consent: Consent): string {
  return consentText[consent]
}

export async function checkAndRegister(api: Api, backend: Backend, terms: Terms): Promise<Answer> {
  note(`Checking ${backend.name}.`)
  const { id, report } = await followCheck(api, backend)
  if (!report.passed) {
    const text = `${backend.name} isn't registered: its check didn't pass. Mend what it names, and try again.`
    return { kind: "said", text, json: { registered: false, report }, code: exitCodes.failed }
  }
  const consents = await terms.consentsTo(report.needsConsent)
  const provider = await api.registerProvider({ ...backend, check: id, consents, makeDefault: terms.makeDefault })
  const waits = provider.isApproved ? "" : " Values go there once a second person has approved its address."
  const place = provider.isDefault ? `New secrets of ${backend.scope} are kept there.` : ""
  return { kind: "said", text: `${provider.name} is registered. ${place}${waits}`.trimEnd(), json: provider }
}

async function followCheck(api: Api, backend: Backend): Promise<{ id: string; report: Report }> {
  let draft = await api.checkProvider({ ...backend, follow: true })
  let shown = 0
  for (;;) {
    for (const line of draft.lines.slice(shown)) showLine(line)
    shown = Math.max(shown, draft.lines.length)
    if (draft.report !== null) return { id: draft.id, report: draft.report }
    await wait(250)
    draft = await api.describeProviderCheck({ scope: backend.scope, check: draft.id })
  }
}

const marks: Record<CheckLine["state"], string> = {
  passed: "ok",
  warning: "warning",
  failed: "failed",
  skipped: "skipped",
}

/** On standard error: what a check found, what to do about it, and what to paste there. */
export function showLine({ state, text, mend, paste }: CheckLine): void {
  note(`  ${marks[state].padEnd(8)}${plain(text)}`)
  if (mend !== null) note(`          ${plain(mend)}`)
  if (paste !== null) note(paste.replace(/[^\P{Cc}\n]/gu, "").replace(/^/gm, "            "))
}
