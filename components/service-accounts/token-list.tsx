"use client"

import type { ReactNode } from "react"
import type { AccessToken } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import { listed } from "../secrets/phrases"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { isLive, tokenState } from "./account-words"
import type { AccountAddress } from "./grant-list"
import { IssueToken, type TokenAccount } from "./issue-token"
import { RotateToken } from "./rotate-token"
import type { SnippetSecret } from "./snippets"

/** An account's tokens: what of them may be seen, and where they were last used. */
export function TokenList({
  account,
  tokens,
  example,
  isNext,
  mayIssue,
  mayRevoke,
  issue,
  rotate,
  revoke,
}: {
  account: TokenAccount
  tokens: readonly AccessToken[]
  /** A secret that it can read, for the snippets. */
  example: SnippetSecret | null
  /** It was granted something and has no token, so this is the next step. */
  isNext: boolean
  mayIssue: boolean
  mayRevoke: boolean
  issue: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
  rotate: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
  revoke: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <Card
      title="Tokens"
      action={mayIssue && <IssueToken account={account} isNext={isNext} example={example} issue={issue} />}
    >
      {tokens.length === 0 && <p className="px-4 py-3 text-ink-3">No token was issued to it.</p>}
      <ul aria-label="Tokens" className="divide-y divide-line px-4 py-1 empty:hidden">
        {tokens.map((token) => (
          <li key={token.id} className="flex items-start gap-x-3 gap-y-1 py-2 max-sm:flex-wrap">
            <TokenWords token={token} />
            <span className="ml-auto flex items-center gap-2">
              <Tag tone={tokenState(token).tone}>{tokenState(token).words}</Tag>
              {mayIssue && isLive(token) && <RotateToken account={account} token={token} rotate={rotate} />}
              {mayRevoke && isLive(token) && <Revoke account={account} token={token} revoke={revoke} />}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function TokenWords({ token }: { token: AccessToken }): ReactNode {
  const { name, prefix, cidrs, issuedBy, createdAt, expiresAt, lastUsedAt, lastAddress } = token
  return (
    <div className="grid min-w-0 flex-1 gap-0.5 max-sm:basis-full">
      <p>
        <b className="font-semibold break-words">{name}</b> <code className="break-all text-ink-3">{prefix}…</code>
      </p>
      <p className="text-ink-3">
        issued <RelativeTime at={createdAt} /> by {issuedBy.name}, expires <RelativeTime at={expiresAt} />
        {cidrs.length > 0 && <>, from {listed(cidrs)} only</>}
      </p>
      <p className="text-ink-3">
        {lastUsedAt === null ? (
          "never used"
        ) : (
          <>
            last used <RelativeTime at={lastUsedAt} />
            {lastAddress !== null && ` from ${lastAddress}`}
          </>
        )}
      </p>
    </div>
  )
}

function Revoke({
  account,
  token,
  revoke,
}: {
  account: AccountAddress
  token: AccessToken
  revoke: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <ConfirmedAct
      action={revoke}
      fields={{ scope: account.scope, account: account.name, token: token.id }}
      act={{
        title: `What runs with “${token.name}” stops reading at once`,
        confirm: "Revoke the token",
        danger: true,
        done: `The token “${token.name}” is revoked.`,
      }}
      trigger={
        <Button small look="quiet" aria-label={`Revoke the token ${token.name}`}>
          Revoke
        </Button>
      }
    >
      <p>Nothing brings it back. Issue another one first, if something still runs with it.</p>
    </ConfirmedAct>
  )
}
