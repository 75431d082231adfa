"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { useToast } from "../ui/toast"
import { Consents } from "./consents"
import { MethodCredential } from "./vault-fields"
import { asMethod, textOf } from "./vault-settings"
import { consentsMissing } from "./words"

/** Another credential for the same place: it is checked before the old one is dropped. */
export function ReplaceCredential({
  place,
  settings,
  consents,
  replace,
  onClose,
}: {
  place: Readonly<Record<"scope" | "provider", string>>
  settings: ProviderSettings
  /** What was accepted before. */
  consents: readonly ProviderConsent[]
  replace: (form: FormData) => Promise<FormAnswer>
  onClose: () => void
}): ReactNode {
  const [agreed, setAgreed] = useState<ReadonlySet<ProviderConsent>>(new Set(consents))
  const [needed, setNeeded] = useState(consents)
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Replace the credential of ${place.provider}`}
      description="The new one is checked first. Until it passed, the old one stays."
    >
      <ActionForm
        keep
        label={`Replace the credential of ${place.provider}`}
        action={async (form) => {
          const answer = await withFreshSignIn(() => replace(form))
          if (answer.state === "failed") {
            const missing = consentsMissing(answer.fields?.consents)
            setNeeded((before) => [...new Set([...before, ...missing])])
          }
          return answer
        }}
        submit="Check and replace"
        submitAside={
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        }
        onDone={() => {
          onClose()
          toast({ title: `${place.provider} has a new credential`, description: "The old one is dropped." })
          router.refresh()
        }}
      >
        <HiddenFields fields={place} />
        <MethodCredential method={asMethod(textOf(settings.authMethod))} keeps={false} />
        {/* What a credential needs ticked is known once it was tried. */}
        <Consents needed={needed} agreed={agreed} onChange={setAgreed} />
      </ActionForm>
    </Dialog>
  )
}
