"use client"

import type { ReactNode } from "react"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Notice } from "../ui/notice"

/** Said while nobody has approved that values go to this address; whoever may do so reads it and says so here. */
export function ApprovalNotice({
  scope,
  name,
  target,
  registeredBy,
  mayApprove,
  approve,
}: {
  scope: string
  name: string
  target: string
  registeredBy: string
  mayApprove: boolean
  approve: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <Notice
      tone="warn"
      title="No value goes there yet"
      action={
        mayApprove && (
          <ConfirmedAct
            act={{
              title: `Values of ${scope} may go to this address`,
              confirm: "Approve this address",
              done: `${name} is approved`,
            }}
            action={approve}
            fields={{ scope, provider: name, target }}
            trigger={<Button small>Approve…</Button>}
          >
            <p>
              <code className="font-semibold break-all">{target}</code>
            </p>
            <p>
              Whoever runs that server can read what is kept there. If its address, namespace, mount or prefix is
              changed, it has to be approved again.
            </p>
          </ConfirmedAct>
        )
      }
    >
      {registeredBy} registered it. A second person who may decide where values go has to approve the address.
    </Notice>
  )
}
