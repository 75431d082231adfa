"use client"

import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import type { TransferDetail } from "@/lib/contract/dto"
import { formOf } from "../acts/form-of"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { providerPage } from "../frame/addresses"
import { pathOf, readApi } from "../query/read-api"
import { answerOf } from "../secrets/row-runs"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import type { FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"
import { Card } from "../ui/card"
import { Notice } from "../ui/notice"
import { PageHead } from "../ui/page-head"
import { ProgressBar, ProgressRows } from "../ui/progress"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { itemRow, progressWords, transferStateWords } from "./transfer-words"

type Act = (form: FormData) => Promise<FormAnswer>

/** A move as it goes on: how far it is, each secret's own result, and what stops it or goes on with it. */
export function TransferProgress({
  first,
  mayChange,
  pause,
  resume,
}: {
  first: TransferDetail
  mayChange: boolean
  pause: Act
  resume: Act
}): ReactNode {
  const { transfer, failure } = useTransfer(first)
  const { scope, id, to, state, total, finished, failed, by, createdAt, removeAtSource, items } = transfer
  const { words, tone } = transferStateWords[state]
  const address = { scope, transfer: id }
  return (
    <>
      <PageHead
        title={`Move to ${to.name}`}
        views={<Tag tone={tone}>{words}</Tag>}
        sub={
          <>
            Begun <RelativeTime at={createdAt} /> by {by.name}.{" "}
            {removeAtSource ? "Each is then removed at its old place." : "The old copies stay where they are."}
          </>
        }
        actions={
          <>
            {to.kind !== "local_encrypted" && <ButtonLink href={providerPage(scope, to.name)}>{to.name}</ButtonLink>}
            {mayChange && state === "running" && <ActButton words="Pause" act={pause} address={address} />}
            {mayChange && state === "paused" && <ActButton words="Go on" isMain act={resume} address={address} />}
            {mayChange && state !== "running" && state !== "paused" && failed > 0 && (
              <ActButton words={`Try the ${failed} again that failed`} isMain act={resume} address={address} />
            )}
          </>
        }
      />
      <div role="alert" className="empty:hidden">
        {failure !== undefined && <Notice tone="bad">{failure}</Notice>}
      </div>
      <Card title="Progress" tag={<span role="status">{progressWords(transfer)}</span>}>
        <div className="p-4">
          <ProgressBar
            label="Moved so far"
            of={total}
            parts={[
              { count: finished, tone: "accent" },
              { count: failed, tone: "bad" },
            ]}
          />
        </div>
        {items.length === 0 ? (
          <p className="px-4 pb-3 text-ink-3">There was nothing to move.</p>
        ) : (
          <ProgressRows label="Result of each secret" rows={items.map(itemRow)} />
        )}
      </Card>
    </>
  )
}

function useTransfer(first: TransferDetail): { transfer: TransferDetail; failure: string | undefined } {
  const { data, error } = useQuery({
    queryKey: ["transfer", first.scope, first.id],
    queryFn: ({ signal }) =>
      readApi<"describeTransfer">(pathOf`/api/v1/scopes/${first.scope}/transfers/${first.id}`, {}, signal),
    initialData: first,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? 1_000 : false),
  })
  return { transfer: data, failure: error?.message }
}

function ActButton({
  words,
  isMain = false,
  act,
  address,
}: {
  words: string
  isMain?: boolean
  act: Act
  address: Readonly<Record<"scope" | "transfer", string>>
}): ReactNode {
  const [isPending, setIsPending] = useState(false)
  const [fault, setFault] = useState<string>()
  const changed = useSecretsChanged()
  const withFreshSignIn = useFreshSignIn()

  async function perform(): Promise<void> {
    setIsPending(true)
    const answer = await answerOf(() => withFreshSignIn(() => act(formOf(address))))
    setIsPending(false)
    setFault(answer.state === "failed" ? answer.message : undefined)
    changed()
  }

  return (
    <>
      {fault !== undefined && (
        <span role="alert" className="text-bad">
          {fault}
        </span>
      )}
      <Button look={isMain ? "primary" : "default"} pending={isPending} onClick={() => void perform()}>
        {words}
      </Button>
    </>
  )
}
