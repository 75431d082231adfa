"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { ScopeKind } from "@/lib/contract/words"
import { ActDialog } from "../acts/act-dialog"
import { scopePage } from "../frame/addresses"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { Field, Input } from "../ui/field"
import { Notice } from "../ui/notice"

/** Another slug: every address at the scope and beneath changes with it. */
export function RenameAddress({
  path,
  kind,
  rename,
}: {
  path: string
  kind: ScopeKind
  rename: (form: FormData) => Promise<FormAnswer<{ path: string }>>
}): ReactNode {
  const router = useRouter()
  const slugs = path.split(".")
  const own = slugs.at(-1) ?? path
  const [slug, setSlug] = useState(own)
  const renamed = [...slugs.slice(0, -1), slug || "…"].join(".")
  return (
    <Card title="Address" padded>
      <div className="flex flex-wrap items-center gap-3">
        <code className="font-semibold break-all">{path}</code>
        <span className="ml-auto">
          <ActDialog
            title={`Change the address of this ${kind}`}
            trigger={<Button>Change the address</Button>}
            action={rename}
            fields={{ scope: path }}
            submit="Change the address"
            done="The address is changed."
            onDone={(result) => router.replace(scopePage(result.path, "settings"))}
          >
            <Field label="Name in addresses" name="slug">
              <Input
                mono
                value={slug}
                onChange={(event) => setSlug(event.currentTarget.value)}
                autoComplete="off"
                spellCheck={false}
                autoCapitalize="off"
                maxLength={63}
              />
            </Field>
            {slug !== own && (
              <Notice tone="warn" title={`${path} becomes ${renamed}`}>
                Links, references and machines that say <code>{path}</code> find nothing from then on. Grants, history
                and audit stay as they are.
              </Notice>
            )}
          </ActDialog>
        </span>
      </div>
    </Card>
  )
}
