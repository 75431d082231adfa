"use client"

import { type ReactNode, useState } from "react"
import type { TrustRule } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Checkbox } from "../ui/choices"
import { Field, Input, Textarea } from "../ui/field"
import { Select } from "../ui/select"
import type { AccountAddress } from "./grant-list"
import { type ConditionDraft, type TrustTemplate, trustTemplates } from "./trust-templates"

/** Makes a trust rule from a template, or says one anew. */
export function EditTrustRule({
  account,
  rule,
  save,
}: {
  account: AccountAddress
  /** The one to change; null for another. */
  rule: TrustRule | null
  save: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const isNew = rule === null
  return (
    <ActDialog
      wide
      title={isNew ? `Trust jobs with ${account.name}` : `Change “${rule.name}”`}
      description={
        isNew
          ? "Whoever gets such a token from the issuer reads all that the account may read."
          : "What was exchanged under it so far ends."
      }
      trigger={
        isNew ? (
          <Button id="trust" small>
            Add a trust rule
          </Button>
        ) : (
          <Button small look="quiet" aria-label={`Change the trust rule ${rule.name}`}>
            Change
          </Button>
        )
      }
      action={save}
      fields={{ scope: account.scope, account: account.name, ...(rule && { rule: rule.id }) }}
      submit={isNew ? "Add the rule" : "Save the rule"}
      done={isNew ? "The rule holds from now on." : "The rule is changed."}
    >
      <RuleFields rule={rule} />
    </ActDialog>
  )
}

function RuleFields({ rule }: { rule: TrustRule | null }): ReactNode {
  const [template, setTemplate] = useState<TrustTemplate>(trustTemplates[0])
  const begun = rule === null ? template : null
  return (
    <>
      {rule === null && (
        <Field label="Where the jobs run" name="template">
          <Select
            value={template.id}
            onChange={(id) => setTemplate(trustTemplates.find((each) => each.id === id) ?? trustTemplates[0])}
            options={trustTemplates.map(({ id, title }) => ({ value: id, label: title }))}
          />
        </Field>
      )}
      <Field label="Name" name="name" hint="Such as “deploys of main”.">
        <Input autoComplete="off" maxLength={128} defaultValue={rule?.name ?? ""} />
      </Field>
      {/* Another template begins these anew. */}
      <IssuerFields key={template.id} issuer={rule?.issuer ?? template.issuer} hint={begun?.issuerHint} />
      <Field
        label="Audience"
        name="audience"
        hint="What the job asks its token for. Any words; the job names the same."
      >
        <Input
          mono
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          defaultValue={rule?.audience ?? "strongroom"}
        />
      </Field>
      <Conditions key={`conditions of ${template.id}`} drafts={begun?.conditions ?? draftsOf(rule)} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Tokens live for" name="lifetimeSeconds">
          <Select
            defaultValue={String(rule?.lifetimeSeconds ?? 900)}
            options={[...new Set([60, 300, 600, 900, rule?.lifetimeSeconds ?? 900])].map((seconds) => ({
              value: String(seconds),
              label: seconds === 60 ? "1 minute" : `${Math.round(seconds / 60)} minutes`,
            }))}
          />
        </Field>
        <Checkbox
          name="refusesReplay"
          value="yes"
          defaultChecked={rule?.refusesReplay ?? false}
          hint="For jobs that ask for a new token each time."
        >
          Take each token once
        </Checkbox>
      </div>
      <Field
        label="Keys"
        name="keySet"
        optional
        hint="Only for an issuer that can't be reached from here: its JSON Web Key Set. Else they are fetched."
      >
        <Textarea mono rows={2} spellCheck={false} autoComplete="off" defaultValue={rule?.keySet ?? ""} />
      </Field>
      <Field
        label="Certificate authority"
        name="ca"
        optional
        hint="PEM text, for an issuer that a CA of your own certifies, such as a cluster's."
      >
        <Textarea mono rows={2} spellCheck={false} autoComplete="off" defaultValue={rule?.ca ?? ""} />
      </Field>
    </>
  )
}

function IssuerFields({ issuer, hint }: { issuer: string; hint: string | undefined }): ReactNode {
  return (
    <Field label="Issuer" name="issuer" {...(hint !== undefined && { hint })}>
      <Input mono autoComplete="off" spellCheck={false} maxLength={512} defaultValue={issuer} />
    </Field>
  )
}

function Conditions({ drafts }: { drafts: readonly ConditionDraft[] }): ReactNode {
  const [rows, setRows] = useState(drafts.map((draft, id) => ({ ...draft, id })))
  const [nextId, setNextId] = useState(drafts.length)
  return (
    <fieldset className="grid gap-3 rounded-small border border-line p-3">
      <legend className="px-1 font-semibold">Conditions, of which all must hold</legend>
      {rows.map((row, at) => (
        <div key={row.id} className="grid items-start gap-3 sm:grid-cols-[1fr_9rem_1.5fr_auto]">
          <Field label="Claim" name="claim">
            <Input mono autoComplete="off" spellCheck={false} maxLength={128} defaultValue={row.claim} />
          </Field>
          <Field label="Compare" name="match">
            <Select
              defaultValue={row.match}
              options={[
                { value: "exact", label: "is exactly" },
                { value: "pattern", label: "is like" },
              ]}
            />
          </Field>
          <Field label="Values" name="values" hint={at === 0 ? "One a line; any may be it." : undefined}>
            <Textarea mono rows={1} spellCheck={false} autoComplete="off" defaultValue={row.values} />
          </Field>
          {rows.length > 1 && (
            <Button
              small
              look="quiet"
              aria-label={`Remove the condition ${String(at + 1)}`}
              onClick={() => setRows(rows.filter(({ id }) => id !== row.id))}
            >
              Remove
            </Button>
          )}
        </div>
      ))}
      <span>
        <Button
          small
          onClick={() => {
            setRows([...rows, { claim: "", match: "exact", values: "", id: nextId }])
            setNextId(nextId + 1)
          }}
        >
          Add a condition
        </Button>
      </span>
    </fieldset>
  )
}

function draftsOf(rule: TrustRule | null): readonly ConditionDraft[] {
  return (rule?.conditions ?? []).map(({ claim, match, values }) => ({ claim, match, values: values.join("\n") }))
}
