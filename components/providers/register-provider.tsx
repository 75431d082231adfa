"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, type SubmitEvent, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { formOf } from "../acts/form-of"
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
import { useToast } from "../ui/toast"
import { BootstrapStep } from "./bootstrap-step"
import { CheckStep, type EarlierCheck } from "./check-step"
import { Consents } from "./consents"
import { CredentialField } from "./credential-field"
import { emptyCredentials, useFocusOnFault } from "./credential-form"
import { faultsOf } from "./faults-of"
import { likelyConsents } from "./likely-consents"
import type { BootstrapPlan, BootstrapResult, RegisterActions, Registered } from "./provider-actions"
import { Step, StepFields } from "./step"
import { useCheck } from "./use-check"
import { type DefaultTarget, UseStep } from "./use-step"
import { AddressFields, SignInFields } from "./vault-fields"
import type { VaultKind } from "./vault-settings"
import { reasonNotToSave } from "./words"

export interface Draft extends EarlierCheck {
  kind: VaultKind
  name: string
  settings: ProviderSettings
}

type Intent = "check" | "plan" | "register" | "bootstrap"
type Way = "credential" | "bootstrap"
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
  const reason = isBootstrap ? reasonNotToMake(plan, isEdited, needed, agreed) : reasonOf(check, isEdited, agreed)
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

const kinds: readonly { value: VaultKind; title: string; note: string }[] = [
  {
    value: "vault",
    title: "HashiCorp Vault or OpenBao",
    note: "Run by yourselves. Needs its address and a token, AppRole, Kubernetes or JWT.",
  },
  {
    value: "vault_hcp",
    title: "HCP Vault",
    note: "HashiCorp’s cloud. Needs the cluster’s address and a namespace, usually admin.",
  },
  {
    value: "vault_dev",
    title: "Vault in dev mode",
    note: "For trying things out on one machine. It forgets everything when it stops.",
  },
]

function asKind(text: string): VaultKind {
  return kinds.find(({ value }) => value === text)?.value ?? "vault"
}

const ways = [
  {
    value: "credential",
    title: "I have a credential for it",
    note: "One that may do only what Strongroom needs. The check shows the exact policy.",
  },
  {
    value: "bootstrap",
    title: "Let Strongroom make a team token",
    note: "From an admin token that is used once and forgotten.",
  },
] as const

function asWay(text: string): Way {
  return text === "bootstrap" ? "bootstrap" : "credential"
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

function reasonOf(
  check: ReturnType<typeof useCheck>,
  isEdited: boolean,
  agreed: ReadonlySet<ProviderConsent>,
): string | undefined {
  if (check !== undefined && isEdited) return "Something was changed since the check. Check again."
  if (check?.isRunning) return "The check is running."
  return reasonNotToSave(check?.report, agreed)
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

/** Makes it the default where it was asked to be, starts the move, and leads on; what fails then is said, not lost. */
function useFinish(
  scope: string,
  actions: RegisterActions,
): (registered: Registered, data: FormData, leads: boolean) => Promise<void> {
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  return async ({ name, isApproved }, data, leads) => {
    const defaultFor = data.get("defaultFor")
    const target = typeof defaultFor === "string" && defaultFor !== "" ? defaultFor : undefined
    const say = (title: string, description: string): void => toast({ title, description, tone: "bad" })
    if (target !== undefined && target !== scope) {
      const chosen = formOf({ scope: target, provider: name })
      const answer = await answerOf(() => withFreshSignIn(() => actions.setDefaultProvider(chosen)))
      if (answer.state === "failed") say(`${name} isn’t the default of ${target}`, answer.message)
    }
    let page = providerPage(scope, name)
    if (target !== undefined && isApproved && data.has("moveToo")) {
      const moved = formOf({ scope: target, to: name })
      const answer = await answerOf(() => withFreshSignIn(() => actions.startTransfer(moved)))
      if (answer.state === "done") page = transferPage(target, answer.result.transfer)
      else say(`The secrets of ${target} weren’t moved`, answer.message)
    }
    if (leads) router.push(page)
  }
}
