"use client"

import { type ReactNode, type SubmitEvent, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { providerPage, scopePage, transferPage } from "../frame/addresses"
import { HiddenFields } from "../secrets/hidden-fields"
import { answerOf } from "../secrets/row-runs"
import type { FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"
import { Checkbox, RadioCards } from "../ui/choices"
import { FaultsContext } from "../ui/faults"
import { Field, Input } from "../ui/field"
import { Notice } from "../ui/notice"
import { BootstrapStep } from "./bootstrap-step"
import { CheckStep, type EarlierCheck } from "./check-step"
import { Consents } from "./consents"
import { CredentialField } from "./credential-field"
import { emptyCredentials, useFocusOnFault } from "./credential-form"
import { faultsOf } from "./faults-of"
import { asKind, asWay, kinds, type Way, ways } from "./kind-choices"
import { likelyConsents } from "./likely-consents"
import type { BootstrapPlan, BootstrapResult, RegisterActions, Registered } from "./provider-actions"
import { Step, StepFields } from "./step"
import { reasonNotYet, useCheck } from "./use-check"
import { useFinish } from "./use-finish"
import { type DefaultTarget, UseStep } from "./use-step"
import { AddressFields, SignInFields } from "./vault-fields"
import type { VaultKind } from "./vault-settings"

export interface Draft extends EarlierCheck {
  kind: VaultKind
  name: string
  settings: ProviderSettings
}

type Intent = "check" | "plan" | "register" | "bootstrap"
interface Failure {
  /** Where it is said: beneath the step, or at the foot. */
  at: "check" | "foot"
  message: string
}

/**
 * Four steps on one page. The form keeps all that is typed, so that nothing of a credential is anywhere else; it is
 * emptied once the provider is registered. Any edit of the first two steps takes the check's permission to save back.
 */
export function RegisterProvider({
  scope,
  targets,
  suggestedName,
  draft,
  actions,
}: {
  scope: string
  /** The scope itself first, then those beneath it. */
  targets: readonly DefaultTarget[]
  suggestedName: string
  draft: Draft | undefined
  actions: RegisterActions
}): ReactNode {
  const [kind, setKind] = useState<VaultKind>(draft?.kind ?? "vault")
  const [way, setWay] = useState<Way>("credential")
  const [name, setName] = useState(draft?.name ?? suggestedName)
  const [asked, setAsked] = useState<string>()
  const [isEdited, setIsEdited] = useState(false)
  const [agreed, setAgreed] = useState<ReadonlySet<ProviderConsent>>(new Set())
  const [plan, setPlan] = useState<{ plan: BootstrapPlan; consents: readonly ProviderConsent[] }>()
  const [made, setMade] = useState<BootstrapResult>()
  const [busy, setBusy] = useState<Intent>()
  const [failure, setFailure] = useState<Failure>()
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({})
  const check = useCheck(scope, asked)
  const finish = useFinish(scope, actions)
  const withFreshSignIn = useFreshSignIn()
  const form = useFocusOnFault(faults)

  const isBootstrap = way === "bootstrap"
  const needed = isBootstrap ? (plan?.consents ?? []) : (check?.report?.needsConsent ?? [])
  const reason = isBootstrap ? reasonNotToMake(plan, isEdited, needed, agreed) : reasonNotYet(check, isEdited, agreed)
  const settings = draft?.settings ?? {}

  function edited(): void {
    setIsEdited(true)
    setAgreed(new Set())
  }

  async function send(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    if (busy !== undefined) return
    const data = new FormData(event.currentTarget, event.nativeEvent.submitter)
    const intent = intentOf(data)
    setBusy(intent)
    setFailure(undefined)
    const answer = await answerOf(() => perform(intent, data))
    setBusy(undefined)
    setFaults(answer.state === "failed" ? faultsOf(answer.fields) : {})
    if (answer.state === "failed") {
      setFailure({ at: intent === "check" || intent === "plan" ? "check" : "foot", message: answer.message })
    }
  }

  async function perform(intent: Intent, data: FormData): Promise<FormAnswer<unknown>> {
    switch (intent) {
      case "check": {
        const answer = await actions.checkProvider(data)
        if (answer.state === "done") setAsked(answer.result.check)
        if (answer.state === "done") setIsEdited(false)
        return answer
      }
      case "plan": {
        const answer = await actions.planBootstrap(data)
        if (answer.state === "done") setPlan({ plan: answer.result, consents: likelyConsents(data) })
        if (answer.state === "done") setIsEdited(false)
        return answer
      }
      case "register": {
        data.set("check", asked ?? "")
        const answer = await withFreshSignIn(() => actions.registerProvider(data))
        if (answer.state === "done") await saved(answer.result, data)
        return answer
      }
      case "bootstrap": {
        const answer = await withFreshSignIn(() => actions.bootstrapProvider(data))
        emptyCredentials(form.current)
        if (answer.state === "done") setMade(answer.result)
        if (answer.state === "done" && answer.result.registered !== null) {
          setName(answer.result.registered.name)
          await finish(answer.result.registered, data, false)
        }
        return answer
      }
    }
  }

  async function saved(registered: Registered, data: FormData): Promise<void> {
    emptyCredentials(form.current)
    await finish(registered, data, true)
  }

  return (
    <FaultsContext value={faults}>
      <form
        ref={form}
        method="post"
        noValidate
        onSubmit={(event) => void send(event)}
        aria-label="Register a provider"
        className="grid max-w-form gap-4"
      >
        <HiddenFields fields={{ scope }} />
        <div className="grid gap-4" onInput={(event) => isPartOfPlan(event.target) && edited()}>
          <Step number={1} title="Kind">
            <div className="p-4">
              <RadioCards
                name="kind"
                label="Kind"
                defaultValue={kind}
                onChange={(next) => setKind(asKind(next))}
                options={kinds}
              />
            </div>
          </Step>
          <Step number={2} title="Address and credentials">
            <StepFields>
              <Field label="Name" name="name" hint="How it is called here.">
                <Input
                  mono
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  autoComplete="off"
                  spellCheck={false}
                  autoCapitalize="off"
                  maxLength={63}
                />
              </Field>
              <AddressFields kind={kind} settings={settings} onEdit={edited} />
            </StepFields>
            <div className="border-t border-line p-4">
              <RadioCards
                name="way"
                label="Credential"
                defaultValue={way}
                onChange={(next) => setWay(asWay(next))}
                options={ways}
              />
            </div>
            <StepFields>
              {isBootstrap ? <AdminFields onEdit={edited} /> : <SignInFields settings={settings} onEdit={edited} />}
            </StepFields>
          </Step>
        </div>
        {isBootstrap ? (
          <BootstrapStep
            number={3}
            scope={scope}
            plan={plan?.plan}
            isPlanning={busy === "plan"}
            failure={failure?.at === "check" ? failure.message : undefined}
            result={made}
          />
        ) : (
          <CheckStep
            number={3}
            scope={scope}
            check={check}
            earlier={draft}
            isEdited={isEdited}
            isAsking={busy === "check"}
            failure={failure?.at === "check" ? failure.message : undefined}
            agreed={agreed}
            onAgree={setAgreed}
          />
        )}
        <UseStep number={4} targets={targets} />
        {isBootstrap && plan !== undefined && !isEdited && (
          <Consents needed={plan.consents} agreed={agreed} onChange={setAgreed} />
        )}
        <div role="alert" className="empty:hidden">
          {failure?.at === "foot" && <Notice tone="bad">{failure.message}</Notice>}
        </div>
        {made?.outcome === "registered" ? (
          <div className="flex flex-wrap items-center gap-2">
            <ButtonLink href={providerPage(scope, name)} look="primary">
              Open {name}
            </ButtonLink>
            <ButtonLink href={transferPage(scope)}>What is being moved</ButtonLink>
          </div>
        ) : (
          <div className="flex flex-wrap items-center gap-3">
            <Button
              type="submit"
              name="intent"
              value={isBootstrap ? "bootstrap" : "register"}
              look="primary"
              disabled={reason !== undefined}
              pending={busy === "register" || busy === "bootstrap"}
            >
              {isBootstrap ? `Make the token and register ${name}` : `Register ${name}`}
            </Button>
            <ButtonLink href={scopePage(scope, "providers")} look="quiet">
              {asked === undefined ? "Cancel" : "Keep as draft"}
            </ButtonLink>
            {reason !== undefined && <p className="text-ink-3">{reason}</p>}
          </div>
        )}
      </form>
    </FaultsContext>
  )
}

function AdminFields({ onEdit }: { onEdit: () => void }): ReactNode {
  return (
    <>
      <CredentialField
        label="Admin token"
        name="adminToken"
        hint="Used once, for what the plan says, and never kept. It is asked for only when the token is made."
      />
      <div className="self-center">
        <Checkbox name="makePlace" value="1" onChange={onEdit} hint="A KV engine of version 2.">
          Make the mount, if it isn&apos;t there
        </Checkbox>
      </div>
    </>
  )
}

/** The admin token is for what the plan says, and no part of it. */
function isPartOfPlan(typed: EventTarget): boolean {
  return !(typed instanceof HTMLInputElement && typed.name === "adminToken")
}

function intentOf(data: FormData): Intent {
  const said = data.get("intent")
  return said === "plan" || said === "register" || said === "bootstrap" ? said : "check"
}

function reasonNotToMake(
  plan: object | undefined,
  isEdited: boolean,
  needed: readonly ProviderConsent[],
  agreed: ReadonlySet<ProviderConsent>,
): string | undefined {
  if (plan === undefined) return "Look at the plan first."
  if (isEdited) return "Something was changed since. Show the plan again."
  return needed.every((consent) => agreed.has(consent)) ? undefined : "Tick what you accept."
}
