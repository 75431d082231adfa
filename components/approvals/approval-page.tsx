"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { ApprovalDetail } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import { ShownOnce } from "../acts/shown-once"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { Fact, Facts } from "../ui/facts"
import { Field, Textarea } from "../ui/field"
import { Notice } from "../ui/notice"
import { PageHead } from "../ui/page-head"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { useToast } from "../ui/toast"
import { UndismissableDialog } from "../ui/undismissable-dialog"
import { approvalStateWords, consequenceOf, namedTerms, titleOf } from "./approval-words"

type Act = (form: FormData) => Promise<FormAnswer>

export interface ApprovalActs {
  accept: Act
  refuse: Act
  withdraw: Act
  explain: Act
  finish: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
}

/** A request for a second person: what it comes to, for whom, and why; and deciding on it, or taking it back. */
export function ApprovalPage({ approval, acts }: { approval: ApprovalDetail; acts: ApprovalActs }): ReactNode {
  const { scope, id, state, isMine, requestedBy, createdAt, secrets, secretCount } = approval
  const { words, tone } = approvalStateWords[state]
  const fields = { scope, approval: id }
  return (
    <div className="grid max-w-form gap-4">
      <PageHead
        title={titleOf(approval)}
        views={<Tag tone={tone}>{words}</Tag>}
        sub={
          <>
            {isMine ? "You asked" : `${requestedBy.name} asked`} for it <RelativeTime at={createdAt} />.
          </>
        }
        actions={<Decisions approval={approval} acts={acts} fields={fields} />}
      />
      <Standing approval={approval} />
      <Card title="What comes of it" padded>
        <p>{consequenceOf(approval)}</p>
      </Card>
      <Terms approval={approval} />
      {secrets.length > 0 && (
        <Card title="Secrets" tag={<span className="text-ink-3">{secretCount.toLocaleString("en")}</span>}>
          <CardList label="Secrets concerned">
            {secrets.map((secret) => (
              <CardLine key={`${secret.scope}/${secret.vault}/${secret.name}`}>
                <code className="break-all">
                  {secret.scope}/{secret.vault}/{secret.name}
                </code>
              </CardLine>
            ))}
            {secretCount > secrets.length && (
              <CardLine>and {(secretCount - secrets.length).toLocaleString("en")} more</CardLine>
            )}
          </CardList>
        </Card>
      )}
      {isMine && state === "waiting" && <Reason approval={approval} explain={acts.explain} fields={fields} />}
      {isMine && approval.isFinishedByRequester && (
        <Finish isOpen={state === "accepted"} fields={fields} finish={acts.finish} />
      )}
    </div>
  )
}

function Decisions({
  approval: { isMine, state, requestedBy },
  acts,
  fields,
}: {
  approval: ApprovalDetail
  acts: ApprovalActs
  fields: Readonly<Record<string, string>>
}): ReactNode {
  if (isMine && (state === "waiting" || state === "accepted")) {
    return (
      <ConfirmedAct
        act={{ title: "Your request is taken back", confirm: "Take it back", done: "The request is taken back." }}
        action={acts.withdraw}
        fields={fields}
        trigger={<Button>Take it back</Button>}
      >
        <p>Nothing was changed by it. You can ask again at any time.</p>
      </ConfirmedAct>
    )
  }
  if (isMine || state !== "waiting") return null
  return (
    <>
      <ActDialog
        title="Refuse this request"
        description={`${requestedBy.name} reads why.`}
        trigger={<Button>Refuse</Button>}
        action={acts.refuse}
        fields={fields}
        submit="Refuse"
        done="The request is refused."
      >
        <Field label="Why" name="note" optional hint="Don’t write a value here.">
          <Textarea rows={3} maxLength={500} />
        </Field>
      </ActDialog>
      <ConfirmedAct
        act={{
          title: `What ${requestedBy.name} asked for comes about`,
          confirm: "Accept",
          done: "The request is accepted.",
        }}
        action={acts.accept}
        fields={fields}
        trigger={<Button look="primary">Accept</Button>}
      >
        <p>Both your names stand at it from then on.</p>
      </ConfirmedAct>
    </>
  )
}

/** How it stands: until when it waits, or who decided what. */
function Standing({ approval }: { approval: ApprovalDetail }): ReactNode {
  const { state, isMine, decidedBy, decidedAt, note, expiresAt, scope } = approval
  if (state === "waiting") {
    return (
      <Notice
        tone="neutral"
        title={isMine ? "It waits for somebody else" : "It waits for you, or another second person"}
      >
        {isMine ? `Somebody else who may delegate in ${scope} accepts or refuses it. ` : ""}
        Without a decision it ends <RelativeTime at={expiresAt} />.
      </Notice>
    )
  }
  if (decidedBy === null || decidedAt === null) return null
  return (
    <Notice tone={state === "refused" ? "bad" : "ok"}>
      {decidedBy.name} {state === "refused" ? "refused" : "accepted"} it <RelativeTime at={decidedAt} />
      {note === "" ? "." : `: ${note}`}
      {state === "accepted" && (
        <>
          {" "}
          {isMine ? "You finish it" : "Whoever asked finishes it"} until <RelativeTime at={expiresAt} />.
        </>
      )}
    </Notice>
  )
}

function Terms({ approval }: { approval: ApprovalDetail }): ReactNode {
  const { readers, reason, protectedScopes } = approval
  return (
    <Card title="What was asked for">
      <Facts>
        <Fact name="Why">{reason === "" ? <span className="text-ink-3">Nothing was said.</span> : reason}</Fact>
        {readers.length > 0 && (
          <Fact name="For whom">
            {readers.map(({ id, name, scope }) => (
              <code key={id} className="block break-all">
                {scope}/{name}
              </code>
            ))}
          </Fact>
        )}
        {namedTerms(approval).map(({ name, text }) => (
          <Fact key={name} name={name}>
            <code className="break-all">{text}</code>
          </Fact>
        ))}
        <Fact name="Two people at">
          <code>{protectedScopes.join(", ")}</code>
        </Fact>
      </Facts>
    </Card>
  )
}

function Reason({
  approval,
  explain,
  fields,
}: {
  approval: ApprovalDetail
  explain: Act
  fields: Readonly<Record<string, string>>
}): ReactNode {
  const router = useRouter()
  const toast = useToast()
  return (
    <Card title="Say why you ask" padded>
      <ActionForm
        keep
        label="Say why you ask"
        action={explain}
        submit="Save"
        submitLook="default"
        onDone={() => {
          toast({ title: "The second person reads it." })
          router.refresh()
        }}
      >
        <HiddenFields fields={fields} />
        <Field label="Why" name="reason" hint="The second person reads it. Don’t write a value here.">
          <Textarea rows={3} maxLength={500} defaultValue={approval.reason} />
        </Field>
      </ActionForm>
    </Card>
  )
}

/** What only its requester can finish: what it makes is shown to them alone, and stays when the request is done. */
function Finish({
  isOpen,
  fields,
  finish,
}: {
  isOpen: boolean
  fields: Readonly<Record<string, string>>
  finish: ApprovalActs["finish"]
}): ReactNode {
  const [token, setToken] = useState<string>()
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  return (
    <>
      {isOpen && (
        <Card title="Finish it" padded>
          <ActionForm
            label="Finish it"
            action={(form) => withFreshSignIn(() => finish(form))}
            submit="Do it now"
            onDone={(result) => {
              setToken(result.token ?? undefined)
              if (result.token === null) toast({ title: "It is done." })
              router.refresh()
            }}
          >
            <HiddenFields fields={fields} />
            <p className="text-ink-2">It was accepted, and you are the one who does it. It can be done once.</p>
          </ActionForm>
        </Card>
      )}
      <UndismissableDialog
        open={token !== undefined}
        onClose={() => setToken(undefined)}
        title="The access token"
        acknowledge="I have stored the token"
      >
        {token !== undefined && <ShownOnce text={token} label="The access token" copy="Copy the token" />}
      </UndismissableDialog>
    </>
  )
}
