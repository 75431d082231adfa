"use client"

import type { ReactNode } from "react"
import type { LastRefusal, TrustRule } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { EditTrustRule } from "./edit-trust-rule"
import type { AccountAddress } from "./grant-list"
import { conditionWords, refusalWords } from "./trust-words"

type FormAction = (form: FormData) => Promise<FormAnswer>

/** Whose own tokens an account takes in exchange, and what was refused last. */
export function TrustRules({
  account,
  rules,
  mayDelegate,
  create,
  change,
  remove,
}: {
  account: AccountAddress
  rules: readonly TrustRule[]
  mayDelegate: boolean
  create: FormAction
  change: FormAction
  remove: FormAction
}): ReactNode {
  return (
    <Card title="Trust rules" action={mayDelegate && <EditTrustRule account={account} rule={null} save={create} />}>
      {rules.length === 0 && (
        <p className="px-4 py-3 text-ink-3">
          A job of a CI system, or a pod of a cluster, has a token of its own. A trust rule takes it in exchange for one
          that lives for minutes, so nobody copies any.
        </p>
      )}
      <ul aria-label="Trust rules" className="divide-y divide-line px-4 py-1 empty:hidden">
        {rules.map((rule) => (
          <li key={rule.id} className="grid gap-2 py-2">
            <div className="flex items-start gap-x-3 gap-y-1 max-sm:flex-wrap">
              <RuleWords rule={rule} />
              <span className="ml-auto flex items-center gap-2">
                <Tag tone={rule.lastExchangeAt === null ? "neutral" : "ok"}>
                  {rule.lastExchangeAt === null ? "Never used" : "In use"}
                </Tag>
                {mayDelegate && <EditTrustRule account={account} rule={rule} save={change} />}
                <Remove account={account} rule={rule} remove={remove} />
              </span>
            </div>
            {rule.lastRefusal !== null && <Refused refusal={rule.lastRefusal} />}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function RuleWords({ rule }: { rule: TrustRule }): ReactNode {
  const { name, issuer, audience, conditions, lifetimeSeconds, keySet, refusesReplay } = rule
  return (
    <div className="grid min-w-0 flex-1 gap-0.5 max-sm:basis-full">
      <p>
        <b className="font-semibold break-words">{name}</b> <code className="break-all text-ink-3">{issuer}</code>
      </p>
      <p className="break-words text-ink-2">
        {conditions.map(conditionWords).join(", and ")}, for the audience {audience}
      </p>
      <p className="text-ink-3">
        tokens of {Math.round(lifetimeSeconds / 60)} minutes
        {keySet !== null && ", with pasted keys"}
        {refusesReplay && ", each taken once"}, made <RelativeTime at={rule.createdAt} /> by {rule.createdBy.name}
        {rule.lastExchangeAt !== null && (
          <>
            , last exchange <RelativeTime at={rule.lastExchangeAt} />
          </>
        )}
      </p>
    </div>
  )
}

/** What the rule's manager needs to know to mend the rule or the job. */
function Refused({ refusal }: { refusal: LastRefusal }): ReactNode {
  const { at, claim, expected, found, isSigned, claims } = refusal
  return (
    <details className="rounded-small border border-line bg-panel px-3 py-2">
      <summary className="cursor-pointer">
        Last refused <RelativeTime at={at} />: {refusalWords(refusal)}
        {claim !== null && (
          <>
            {" "}
            (<code>{claim}</code>)
          </>
        )}
      </summary>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 break-all">
        {expected !== null && <Line name="Wanted">{expected}</Line>}
        {found !== null && <Line name="Found">{found}</Line>}
        {claims.map(({ name, value }) => (
          <Line key={name} name={name}>
            {value ?? <span className="text-ink-3">not shown</span>}
          </Line>
        ))}
      </dl>
      {!isSigned && <p className="mt-2 text-ink-3">Its issuer hadn't signed it, so anybody may have sent it.</p>}
    </details>
  )
}

function Line({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}

function Remove({
  account,
  rule,
  remove,
}: {
  account: AccountAddress
  rule: TrustRule
  remove: FormAction
}): ReactNode {
  return (
    <ConfirmedAct
      action={remove}
      fields={{ scope: account.scope, account: account.name, rule: rule.id }}
      act={{
        title: `Jobs of “${rule.name}” stop reading at once`,
        confirm: "Delete the trust rule",
        danger: true,
        done: `The trust rule “${rule.name}” is deleted.`,
      }}
      trigger={
        <Button small look="quiet" aria-label={`Delete the trust rule ${rule.name}`}>
          Delete
        </Button>
      }
    >
      <p>What was exchanged under it ends with it.</p>
    </ConfirmedAct>
  )
}
