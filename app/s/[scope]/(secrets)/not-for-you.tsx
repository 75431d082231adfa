import type { ReactNode } from "react"
import { ButtonLink } from "@/components/ui/button"
import { EmptyState } from "@/components/ui/states"

/** Why nothing can be put in here: no right to, or no vault to put it into. */
export function NotForYou({ scope, isAllowed }: { scope: string; isAllowed: boolean }): ReactNode {
  if (!isAllowed) {
    return (
      <EmptyState
        title={`You may look at the secrets of ${scope}, not write any`}
        action={<ButtonLink href={`/s/${scope}`}>Back to the secrets</ButtonLink>}
      >
        Writing needs the role editor, or a wider one. Ask whoever leads this scope.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title="There is no vault to put it into"
      action={
        <ButtonLink href={`/s/${scope}/vaults?new=1`} look="primary">
          New vault
        </ButtonLink>
      }
    >
      A vault is a named container of secrets. Make one first.
    </EmptyState>
  )
}
