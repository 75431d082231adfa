import type { ReactNode } from "react"
import { ConfirmedAct } from "../acts/confirmed-act"
import { scopePage } from "../frame/addresses"
import { Button } from "../ui/button"
import { Notice } from "../ui/notice"
import type { SecretAction, SecretAddress } from "./secret-form"

/** An external secret is somebody else's: it is made ours, or let go of. */
export function ExternalNotice({
  address: { scope, vault, name },
  provider,
  may,
  manage,
  release,
}: {
  address: SecretAddress
  provider: string
  may: { manage: boolean; release: boolean }
  manage: SecretAction
  release: SecretAction
}): ReactNode {
  const fields = { scope, vault, secret: name }
  return (
    <Notice
      title="External: Strongroom only reads it"
      action={
        <div className="flex flex-wrap justify-end gap-2">
          {may.manage && (
            <ConfirmedAct
              act={{
                title: `${name} is changed from here from now on`,
                confirm: "Manage it",
                done: `${name} is managed by Strongroom`,
              }}
              action={manage}
              fields={fields}
              trigger={<Button small>Manage…</Button>}
            >
              <p>
                Strongroom&apos;s marker is set on it at {provider}, so that others see whose it is. Its value stays.
              </p>
            </ConfirmedAct>
          )}
          {may.release && (
            <ConfirmedAct
              act={{
                title: `Machines stop getting ${name} from Strongroom`,
                confirm: "Release it",
                danger: true,
                done: `${name} is released`,
                leadsTo: scopePage(scope),
              }}
              action={release}
              fields={fields}
              trigger={
                <Button small look="quiet">
                  Release…
                </Button>
              }
            >
              <p>It stays at {provider} as it is, and is gone from here. It can be adopted again.</p>
            </ConfirmedAct>
          )}
        </div>
      }
    >
      It is changed where it lives, at {provider}; what changes there appears in its history.
    </Notice>
  )
}
