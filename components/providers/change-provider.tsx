"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, type SubmitEvent, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { providerPage } from "../frame/addresses"
import { HiddenFields } from "../secrets/hidden-fields"
import { answerOf } from "../secrets/row-runs"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"
import { Card } from "../ui/card"
import { FaultsContext } from "../ui/faults"
import { Notice } from "../ui/notice"
import { useToast } from "../ui/toast"
import { CachingFields, type Times } from "./caching-fields"
import { CheckStep } from "./check-step"
import { Consents } from "./consents"
import { emptyCredentials, isCredentialTyped, useFocusOnFault } from "./credential-form"
import { faultsOf } from "./faults-of"
import type { ChangeActions } from "./provider-actions"
import { Step, StepFields } from "./step"
import { reasonNotYet, useCheck } from "./use-check"
import { AddressFields, SignInFields } from "./vault-fields"
import type { VaultKind } from "./vault-settings"
import { consentsMissing } from "./words"

interface ChangeableProvider {
  scope: string
  name: string
  kind: VaultKind
  settings: ProviderSettings
  /** What was accepted before. */
  consents: readonly ProviderConsent[]
  times: Times
}

/** A registered provider's settings: the same check stands before saving as when it was registered. */
export function ChangeProvider({
  provider,
  actions,
}: {
  provider: ChangeableProvider
  actions: ChangeActions
}): ReactNode {
  const { scope, name } = provider
  return (
    <div className="grid max-w-form gap-4">
      <SettingsForm provider={provider} actions={actions} />
      <TimesForm scope={scope} name={name} times={provider.times} change={actions.changeProvider} />
    </div>
  )
}

function SettingsForm({ provider, actions }: { provider: ChangeableProvider; actions: ChangeActions }): ReactNode {
  const { scope, name, kind, settings } = provider
  const [asked, setAsked] = useState<string>()
  const [isEdited, setIsEdited] = useState(false)
  const [agreed, setAgreed] = useState<ReadonlySet<ProviderConsent>>(new Set(provider.consents))
  const [busy, setBusy] = useState<"check" | "save">()
  const [failure, setFailure] = useState<{ of: "check" | "save"; message: string }>()
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({})
  const form = useFocusOnFault(faults)
  const check = useCheck(scope, asked)
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  const [hasCredential, setHasCredential] = useState(false)
  const [missing, setMissing] = useState<readonly ProviderConsent[]>([])
  const reason = hasCredential ? reasonNotYet(check, isEdited, agreed) : undefined

  function edited(): void {
    setIsEdited(true)
    setAgreed(new Set(provider.consents))
    setMissing([])
    // Only whether one was typed is kept, never what.
    setHasCredential(isCredentialTyped(form.current))
  }

  async function send(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    if (busy !== undefined) return
    const data = new FormData(event.currentTarget, event.nativeEvent.submitter)
    const intent = data.get("intent") === "save" ? "save" : "check"
    setBusy(intent)
    setFailure(undefined)
    const answer = await answerOf(() => (intent === "save" ? save(data) : begin(data)))
    setBusy(undefined)
    setFaults(answer.state === "failed" ? faultsOf(answer.fields) : {})
    if (answer.state === "failed") {
      setFailure({ of: intent, message: answer.message })
      setMissing(consentsMissing(answer.fields?.consents))
    }
  }

  async function begin(data: FormData): Promise<FormAnswer<unknown>> {
    const answer = await actions.checkProvider(data)
    if (answer.state === "failed") return answer
    setAsked(answer.result.check)
    setIsEdited(false)
    return answer
  }

  async function save(data: FormData): Promise<FormAnswer<unknown>> {
    if (hasCredential) data.set("check", asked ?? "")
    else data.delete("check")
    data.set("settings", "1")
    const answer = await withFreshSignIn(() => actions.changeProvider(data))
    if (answer.state === "failed") return answer
    emptyCredentials(form.current)
    toast({ title: `${name} has the new settings` })
    router.push(providerPage(scope, name))
    return answer
  }

  return (
    <FaultsContext value={faults}>
      <form
        ref={form}
        method="post"
        noValidate
        onSubmit={(event) => void send(event)}
        aria-label={`Settings of ${name}`}
        className="grid gap-4"
      >
        <HiddenFields fields={{ scope, provider: name, name, kind }} />
        <div onInput={edited}>
          <Step number={1} title="Address and credentials">
            <StepFields>
              <AddressFields kind={kind} settings={settings} onEdit={edited} />
              <SignInFields settings={settings} keeps onEdit={edited} />
            </StepFields>
          </Step>
        </div>
        {hasCredential ? (
          <CheckStep
            number={2}
            scope={scope}
            check={check}
            earlier={undefined}
            isEdited={isEdited}
            isAsking={busy === "check"}
            failure={failure?.of === "check" ? failure.message : undefined}
            agreed={agreed}
            onAgree={setAgreed}
          />
        ) : (
          <>
            <p className="text-ink-2">
              Without another credential, the one that is stored is tried with these settings before anything is saved.
            </p>
            <Consents needed={[...new Set([...provider.consents, ...missing])]} agreed={agreed} onChange={setAgreed} />
          </>
        )}
        <p className="text-ink-3">
          Another address, namespace, mount or prefix takes an approval back. What is kept stays where it is: nothing
          moves by this.
        </p>
        <div role="alert" className="empty:hidden">
          {failure?.of === "save" && <Notice tone="bad">{failure.message}</Notice>}
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <Button
            type="submit"
            name="intent"
            value="save"
            look="primary"
            disabled={reason !== undefined}
            pending={busy === "save"}
          >
            {hasCredential ? "Save the settings" : "Check and save the settings"}
          </Button>
          <ButtonLink href={providerPage(scope, name)} look="quiet">
            Cancel
          </ButtonLink>
          {reason !== undefined && <p className="text-ink-3">{reason}</p>}
        </div>
      </form>
    </FaultsContext>
  )
}

/** These need no check: they are about us, not about the backend. */
function TimesForm({
  scope,
  name,
  times,
  change,
}: {
  scope: string
  name: string
  times: Times
  change: ChangeActions["changeProvider"]
}): ReactNode {
  const toast = useToast()
  const router = useRouter()
  const withFreshSignIn = useFreshSignIn()
  return (
    <Card title="Memory" padded>
      <ActionForm
        keep
        label="Caching and checks"
        action={(form) => withFreshSignIn(() => change(form))}
        submit="Save"
        submitLook="default"
        onDone={() => {
          toast({ title: "Saved" })
          router.refresh()
        }}
      >
        <HiddenFields fields={{ scope, provider: name }} />
        <CachingFields times={times} isOpen />
      </ActionForm>
    </Card>
  )
}
