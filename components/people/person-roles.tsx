"use client"

import type { ReactNode } from "react"
import type { PersonDetail } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import type { InviteScope } from "./invite-person"
import { RoleAtScope } from "./role-at-scope"
import { roleWords } from "./role-words"

type Action = (form: FormData) => Promise<FormAnswer>

/** The roles that somebody has, given and taken one by one. */
export function PersonRoles({
  person,
  here,
  giveable,
  assign,
  remove,
}: {
  person: Pick<PersonDetail, "id" | "name" | "roles">
  here: string
  giveable: readonly InviteScope[]
  assign: Action
  remove: Action
}): ReactNode {
  const mayTake = (role: string, scope: string): boolean =>
    giveable.some(({ path, roles }) => path === scope && roles.some((one) => one === role))
  return (
    <Card
      title="Roles"
      action={
        giveable.length > 0 && (
          <ActDialog
            title={`Give ${person.name} a role`}
            trigger={
              <Button small shortcut="c" shortcutLabel="Give a role">
                Give a role
              </Button>
            }
            action={assign}
            fields={{ person: person.id }}
            submit="Give the role"
            done={`${person.name} has another role.`}
          >
            <RoleAtScope scopes={giveable} here={here} />
          </ActDialog>
        )
      }
    >
      {person.roles.length === 0 && (
        <p className="px-4 py-3 text-ink-3">No role anywhere: they can sign in and see nothing.</p>
      )}
      <CardList label="Roles">
        {person.roles.map(({ role, scope, since, grantedBy }) => (
          <CardLine
            key={`${role} ${scope}`}
            aside={
              <span className="flex flex-wrap items-center justify-end gap-x-3">
                <span>
                  <RelativeTime at={since} />, by {grantedBy.name}
                </span>
                {mayTake(role, scope) && <TakeAway person={person} role={role} scope={scope} remove={remove} />}
              </span>
            }
          >
            <b className="font-semibold">{role}</b> <span className="text-ink-3">in</span> <code>{scope}</code>
          </CardLine>
        ))}
      </CardList>
    </Card>
  )
}

function TakeAway({
  person: { id, name },
  role,
  scope,
  remove,
}: {
  person: Pick<PersonDetail, "id" | "name">
  role: PersonDetail["roles"][number]["role"]
  scope: string
  remove: Action
}): ReactNode {
  return (
    <ConfirmedAct
      action={remove}
      fields={{ person: id, role, scope }}
      act={{
        title: `${name} is no longer ${role} in ${scope}`,
        confirm: "Take the role away",
        danger: true,
        done: `${name} is no longer ${role} in ${scope}.`,
      }}
      trigger={
        <Button small look="quiet" aria-label={`Take the role ${role} in ${scope} away`}>
          Take away
        </Button>
      }
    >
      <p>From their next request on. Whoever has the role {roleWords[role]}</p>
    </ConfirmedAct>
  )
}
