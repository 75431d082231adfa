"use client"

import { type ReactNode, useState } from "react"
import { ConfirmedAct } from "../acts/confirmed-act"
import { Button } from "../ui/button"
import { Notice } from "../ui/notice"
import { dayWords } from "./phrases"
import { type EarlierVersion, RollBack } from "./roll-back"
import type { SecretAction, SecretAddress, WriteAction } from "./secret-form"

/** Said while a secret isn't as it was left at its backend: it is accepted, or put back by rolling back. */
export function DriftBanner({
  address,
  driftedAt,
  currentVersion,
  earlier,
  may,
  accept,
  rollBack,
}: {
  address: SecretAddress
  driftedAt: string
  currentVersion: number
  /** Versions that were written here, which it can be put back to. */
  earlier: readonly EarlierVersion[]
  may: { accept: boolean; putBack: boolean }
  accept: SecretAction
  rollBack: WriteAction
}): ReactNode {
  const [isPuttingBack, setIsPuttingBack] = useState(false)
  const { scope, vault, name } = address
  return (
    <>
      <Notice
        tone="warn"
        title={`Changed at the backend on ${dayWords(driftedAt)}: version ${currentVersion} is current`}
        action={
          <div className="flex flex-wrap justify-end gap-2">
            {may.accept && (
              <ConfirmedAct
                act={{
                  title: `Version ${currentVersion} of ${name} is right as it is`,
                  confirm: "Accept it",
                  done: `${name} is accepted as it was changed`,
                }}
                action={accept}
                fields={{ scope, vault, secret: name, version: String(currentVersion) }}
                trigger={<Button small>Accept…</Button>}
              >
                <p>It stays in the history as changed at the backend. Machines go on getting it.</p>
              </ConfirmedAct>
            )}
            {may.putBack && earlier.length > 0 && (
              <Button small onClick={() => setIsPuttingBack(true)}>
                Put back…
              </Button>
            )}
          </div>
        }
      >
        Somebody did this outside of Strongroom. Accept it, or put back a value that was written here.
      </Notice>
      {isPuttingBack && (
        <RollBack
          address={address}
          currentVersion={currentVersion}
          earlier={earlier}
          rollBack={rollBack}
          onClose={() => setIsPuttingBack(false)}
        />
      )}
    </>
  )
}
