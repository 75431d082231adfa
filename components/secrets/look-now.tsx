"use client"

import { type ReactNode, useState } from "react"
import { Button } from "../ui/button"
import { useToast } from "../ui/toast"
import { answerOf } from "./row-runs"
import { addressForm, type SecretAction, type SecretAddress } from "./secret-form"
import { useSecretsChanged } from "./use-secret-pages"

/** Looks at the backend now, instead of when the next look is due. */
export function LookNow({ address, observe }: { address: SecretAddress; observe: SecretAction }): ReactNode {
  const [isPending, setIsPending] = useState(false)
  const changed = useSecretsChanged()
  const say = useToast()

  async function look(): Promise<void> {
    setIsPending(true)
    const answer = await answerOf(() => observe(addressForm(address)))
    setIsPending(false)
    if (answer.state === "failed") {
      say({ title: "Its backend could not be looked at", description: answer.message, tone: "bad" })
    } else say({ title: `${address.name} was looked at where it is kept` })
    changed()
  }

  return (
    <Button small look="quiet" pending={isPending} onClick={() => void look()}>
      Look now
    </Button>
  )
}
