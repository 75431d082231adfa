"use client"

import type { ReactNode } from "react"
import type { CheckLine, ProviderDraft } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { Button } from "../ui/button"
import { Notice } from "../ui/notice"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { CheckLines } from "./check-lines"
import { Consents } from "./consents"
import { Step } from "./step"
import type { CheckState } from "./use-check"
import { checkSummary } from "./words"

/** What a draft knows of an earlier check: everything but the credential. */
export type EarlierCheck = Pick<ProviderDraft, "lines" | "createdAt" | "until">

/** The live check: its button, its lines as they come, and what has to be ticked for what it found. */
export function CheckStep({
  number,
  scope,
  check,
  earlier,
  isEdited,
  isAsking,
  failure,
  agreed,
  onAgree,
}: {
  number: number
  scope: string
  /** Undefined while these settings weren't checked. */
  check: CheckState | undefined
  earlier: EarlierCheck | undefined
  /** Something was typed since the check. */
  isEdited: boolean
  isAsking: boolean
  /** Why no check could be made. */
  failure: string | undefined
  agreed: ReadonlySet<ProviderConsent>
  onAgree: (agreed: ReadonlySet<ProviderConsent>) => void
}): ReactNode {
  const isRunning = isAsking || check?.isRunning === true
  const lines = check?.lines ?? earlier?.lines
  return (
    <Step
      number={number}
      title="Check"
      tag={<CheckTag check={check} isRunning={isRunning} isEdited={isEdited} />}
      action={
        <Button type="submit" name="intent" value="check" pending={isRunning}>
          {check === undefined && earlier === undefined ? "Check" : "Check again"}
        </Button>
      }
    >
      <div role="alert" className="empty:hidden">
        {(failure ?? check?.failure) !== undefined && (
          <div className="p-4">
            <Notice tone="bad">{failure ?? check?.failure}</Notice>
          </div>
        )}
      </div>
      {check === undefined && earlier !== undefined && !isRunning && (
        <div className="p-4 pb-0">
          <Notice>
            This is what was found <RelativeTime at={earlier.createdAt} />. The credential wasn&apos;t kept: type it
            again, then check again.
          </Notice>
        </div>
      )}
      {lines === undefined || lines.length === 0 ? (
        <NothingYet isRunning={isRunning} scope={scope} />
      ) : (
        <div className={isEdited ? "opacity-60" : undefined}>
          <CheckLines lines={lines} isRunning={isRunning} scope={scope} />
        </div>
      )}
      {check?.report != null && !isEdited && check.report.needsConsent.length > 0 && check.report.passed && (
        <div className="px-4 pb-4">
          <Consents needed={check.report.needsConsent} agreed={agreed} onChange={onAgree} />
        </div>
      )}
    </Step>
  )
}

function NothingYet({ isRunning, scope }: { isRunning: boolean; scope: string }): ReactNode {
  const none: CheckLine[] = []
  if (isRunning) return <CheckLines lines={none} isRunning scope={scope} />
  return (
    <p className="px-4 py-3 text-ink-3">
      Tries the address and the credential, and each thing that Strongroom has to be able to do. It writes nothing.
    </p>
  )
}

function CheckTag({
  check,
  isRunning,
  isEdited,
}: {
  check: CheckState | undefined
  isRunning: boolean
  isEdited: boolean
}): ReactNode {
  const summary = check?.report == null ? undefined : checkSummary(check.lines)
  return (
    <span role="status">
      {isRunning ? (
        <Tag tone="accent">Checking</Tag>
      ) : isEdited && check !== undefined ? (
        <Tag>Changed since: check again</Tag>
      ) : (
        summary && <Tag tone={summary.tone}>{summary.words}</Tag>
      )}
    </span>
  )
}
