"use client"

import { Ellipsis } from "lucide-react"
import { type ReactNode, useMemo, useState } from "react"
import type { ProviderSettings } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { ConfirmedAct } from "../acts/confirmed-act"
import { formOf } from "../acts/form-of"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { providerPage, scopePage } from "../frame/addresses"
import { usePaletteActions } from "../frame/palette-actions"
import { answerOf } from "../secrets/row-runs"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { Button, ButtonLink, IconButton } from "../ui/button"
import { Menu, MenuItem, MenuLine } from "../ui/menu"
import { PageHead } from "../ui/page-head"
import { Tag } from "../ui/tag"
import { useToast } from "../ui/toast"
import type { ProviderPageActions } from "./provider-actions"
import { ReplaceCredential } from "./replace-credential"
import type { Mark } from "./words"

export interface HeadProvider {
  /** The page's scope, from which it is seen. */
  at: string
  name: string
  /** Where it is registered; null for the built-in store. */
  scope: string | null
  kindWords: string
  target: string
  settings: ProviderSettings
  consents: readonly ProviderConsent[]
  secretCount: number
  marks: readonly Mark[]
  /** Its settings are the operator's, in the environment. */
  isOperators: boolean
}

/** A provider's name, and what may be done with it here. */
export function ProviderHead({
  provider,
  may,
  actions,
}: {
  provider: HeadProvider
  may: { check: boolean; manage: boolean; adopt: boolean }
  actions: ProviderPageActions
}): ReactNode {
  const { at, name, scope } = provider
  const isBuiltIn = scope === null
  const isOwn = scope === at
  const mayManage = may.manage && isOwn && !provider.isOperators
  const [opened, setOpened] = useState<"credential" | "unregister">()
  usePaletteActions(
    useMemo(
      () => [
        ...(may.adopt && !isBuiltIn
          ? [{ id: "adopt", label: `Adopt secrets of ${name}`, href: providerPage(at, name, "adopt") }]
          : []),
        ...(mayManage
          ? [
              { id: "settings", label: `Change the settings of ${name}`, href: providerPage(at, name, "settings") },
              { id: "credential", label: `Replace the credential of ${name}`, run: () => setOpened("credential") },
            ]
          : []),
      ],
      [at, name, may.adopt, mayManage, isBuiltIn],
    ),
  )
  return (
    <>
      <PageHead
        mono
        title={name}
        views={provider.marks.map(({ words, tone }) => (
          <Tag key={words} tone={tone}>
            {words}
          </Tag>
        ))}
        sub={
          <>
            {provider.kindWords} · {isBuiltIn ? provider.target : <code className="break-all">{provider.target}</code>}
          </>
        }
        actions={
          !isBuiltIn && (
            <>
              {mayManage && (
                <Menu
                  trigger={
                    <IconButton label="More actions">
                      <Ellipsis aria-hidden className="size-4" />
                    </IconButton>
                  }
                >
                  <MenuItem onSelect={() => setOpened("credential")}>Replace the credential…</MenuItem>
                  <MenuLine />
                  <MenuItem danger onSelect={() => setOpened("unregister")}>
                    Unregister…
                  </MenuItem>
                </Menu>
              )}
              {mayManage && <ButtonLink href={providerPage(at, name, "settings")}>Change settings</ButtonLink>}
              {may.adopt && <ButtonLink href={providerPage(at, name, "adopt")}>Adopt</ButtonLink>}
              {may.check && <Recheck place={{ scope: at, provider: name }} recheck={actions.recheckProvider} />}
              {!isOwn && <ButtonLink href={providerPage(scope, name)}>Open it at {scope}</ButtonLink>}
            </>
          )
        }
      />
      {opened === "credential" && (
        <ReplaceCredential
          place={{ scope: at, provider: name }}
          settings={provider.settings}
          consents={provider.consents}
          replace={actions.replaceCredential}
          onClose={() => setOpened(undefined)}
        />
      )}
      {opened === "unregister" && (
        <Unregister provider={provider} unregister={actions.unregisterProvider} onClose={() => setOpened(undefined)} />
      )}
    </>
  )
}

/** Checks it now; the page then shows what was found. */
function Recheck({
  place,
  recheck,
}: {
  place: Readonly<Record<"scope" | "provider", string>>
  recheck: ProviderPageActions["recheckProvider"]
}): ReactNode {
  const [isPending, setIsPending] = useState(false)
  const changed = useSecretsChanged()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()

  async function check(): Promise<void> {
    setIsPending(true)
    const answer = await answerOf(() => withFreshSignIn(() => recheck(formOf(place))))
    setIsPending(false)
    if (answer.state === "failed") toast({ title: "It wasn’t checked", description: answer.message, tone: "bad" })
    else toast({ title: `${place.provider} was checked` })
    changed()
  }

  return (
    <Button shortcut="r" shortcutLabel="Check it now" pending={isPending} onClick={() => void check()}>
      Check now
    </Button>
  )
}

function Unregister({
  provider: { at, name, secretCount },
  unregister,
  onClose,
}: {
  provider: HeadProvider
  unregister: ProviderPageActions["unregisterProvider"]
  onClose: () => void
}): ReactNode {
  return (
    <ConfirmedAct
      open
      onOpenChange={(open) => !open && onClose()}
      act={{
        title: `Strongroom forgets ${name}, and leaves the backend as it is`,
        confirm: "Unregister",
        danger: true,
        done: `${name} is no longer registered`,
        leadsTo: scopePage(at, "providers"),
      }}
      action={unregister}
      fields={{ scope: at, provider: name }}
    >
      <p>Its credential is dropped here. Nothing is written or deleted there.</p>
      {secretCount > 0 && (
        <p>It still keeps {secretCount.toLocaleString("en")} secrets: move them elsewhere or release them first.</p>
      )}
    </ConfirmedAct>
  )
}
