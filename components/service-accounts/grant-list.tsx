"use client"

import type { ReactNode } from "react"
import type { Grant } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { accessWords, grantedWhat } from "./account-words"
import { AddGrant, type GrantScope } from "./add-grant"

type Action = (form: FormData) => Promise<FormAnswer>

export interface AccountAddress {
  scope: string
  name: string
}

/** What an account was granted, by whom and since when. */
export function GrantList({
  account,
  grants,
  scopes,
  mayGrant,
  mayRevoke,
  grant,
  revoke,
}: {
  account: AccountAddress
  grants: readonly Grant[]
  /** The account's own scope, and those beneath. */
  scopes: readonly GrantScope[]
  mayGrant: boolean
  mayRevoke: boolean
  grant: Action
  revoke: Action
}): ReactNode {
  return (
    <Card
      title="Grants"
      action={mayGrant && <AddGrant account={account} scopes={scopes} isFirst={grants.length === 0} grant={grant} />}
    >
      {grants.length === 0 && <p className="px-4 py-3 text-ink-3">Nothing was granted to it.</p>}
      <CardList label="Grants">
        {grants.map((one) => (
          <CardLine
            key={one.id}
            aside={
              <span className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1">
                <span>
                  <RelativeTime at={one.since} />, by {grantersOf(one)}
                </span>
                {one.selfGranted && one.access === "read" && <Tag>Self-granted</Tag>}
                {mayRevoke && <Revoke account={account} grant={one} revoke={revoke} />}
              </span>
            }
          >
            <b className="font-semibold">{accessWords(one.access)}</b> {grantedWhat(one)}{" "}
            <span className="text-ink-3">in</span> <code>{one.scope}</code>
          </CardLine>
        ))}
      </CardList>
    </Card>
  )
}

function grantersOf({ grantedBy, confirmedBy }: Grant): string {
  return confirmedBy === null ? grantedBy.name : `${grantedBy.name} and ${confirmedBy.name}`
}

function Revoke({ account, grant, revoke }: { account: AccountAddress; grant: Grant; revoke: Action }): ReactNode {
  const what = `${grantedWhat(grant)} in ${grant.scope}`
  return (
    <ConfirmedAct
      action={revoke}
      fields={{ scope: account.scope, account: account.name, grant: grant.id }}
      act={{
        title: `${account.name} no longer ${accessWords(grant.access)} ${what}`,
        confirm: "Revoke the grant",
        danger: true,
        done: "The grant is revoked.",
      }}
      trigger={
        <Button small look="quiet" aria-label={`Revoke the grant: ${accessWords(grant.access)} ${what}`}>
          Revoke
        </Button>
      }
    >
      <p>
        Its next request meets it, unless another grant covers the same. What it has read already, it may still hold.
      </p>
    </ConfirmedAct>
  )
}
