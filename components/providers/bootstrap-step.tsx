"use client"

import type { ReactNode } from "react"
import type { MadeAtBackend } from "@/lib/contract/dto"
import { Button } from "../ui/button"
import { CodeBlock, CommandLine } from "../ui/command-line"
import { Notice } from "../ui/notice"
import { Tag } from "../ui/tag"
import { CheckLines } from "./check-lines"
import type { BootstrapPlan, BootstrapResult } from "./provider-actions"
import { Step } from "./step"

/** What Strongroom will make at the backend with the admin token, before it does; and what it made. */
export function BootstrapStep({
  number,
  scope,
  plan,
  isPlanning,
  failure,
  result,
}: {
  number: number
  scope: string
  plan: BootstrapPlan | undefined
  isPlanning: boolean
  failure: string | undefined
  result: BootstrapResult | undefined
}): ReactNode {
  return (
    <Step
      number={number}
      title="Plan"
      action={
        <Button type="submit" name="intent" value="plan" pending={isPlanning}>
          {plan === undefined ? "Show the plan" : "Show it again"}
        </Button>
      }
    >
      <div className="grid gap-4 p-4">
        <div role="alert" className="empty:hidden">
          {failure !== undefined && <Notice tone="bad">{failure}</Notice>}
        </div>
        {plan === undefined ? (
          <p className="text-ink-3">
            Shows what will be made, and the exact policy. Nothing is sent, and the admin token isn&apos;t used for it.
          </p>
        ) : (
          <Plan plan={plan} />
        )}
        {result !== undefined && (
          <div className="grid gap-3">
            <Outcome result={result} />
            <MadeThere made={result.made} />
          </div>
        )}
      </div>
      {result !== undefined && result.lines.length > 0 && <CheckLines lines={result.lines} scope={scope} />}
    </Step>
  )
}

function Plan({ plan }: { plan: BootstrapPlan }): ReactNode {
  return (
    <>
      <ol aria-label="What will be made" className="grid list-decimal gap-1 pl-5">
        {plan.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <CodeBlock short code={plan.policy} label="The policy of the new token" />
    </>
  )
}

function Outcome({ result: { outcome, problem } }: { result: BootstrapResult }): ReactNode {
  if (outcome === "registered") {
    return (
      <Notice tone="ok" title="The team has a token of its own">
        The admin token was used once, and is forgotten.
      </Notice>
    )
  }
  return (
    <Notice tone="bad" title="It isn’t complete">
      {problem ?? "A step failed."} What was made so far exists. The admin token is forgotten: type it again to go on
      from there.
    </Notice>
  )
}

/** Each thing that exists at the backend now, and the command that removes it again. */
function MadeThere({ made }: { made: readonly MadeAtBackend[] }): ReactNode {
  if (made.length === 0) return null
  return (
    <ul aria-label="Made at the backend" className="divide-y divide-line rounded-card border border-line">
      {made.map(({ kind, name, isNew, undo }) => (
        <li key={`${kind} ${name}`} className="grid gap-1 px-3 py-2">
          <span className="flex flex-wrap items-center gap-2">
            <span className="text-ink-3">{kind}</span>
            <code className="font-semibold break-all">{name}</code>
            <Tag tone={isNew ? "ok" : "neutral"}>{isNew ? "Made" : "Was there"}</Tag>
          </span>
          {undo !== null && (
            <span className="flex flex-wrap items-center gap-2 text-small text-ink-3">
              To undo it <CommandLine command={undo} />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
