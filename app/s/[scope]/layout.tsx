import type { ReactNode } from "react"
import { ConfirmSignIn } from "@/components/confirm-sign-in/confirm-sign-in"
import { Frame } from "@/components/frame/frame"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"
import { confirmSignIn, signOut } from "./actions"

/** The frame around every page of a scope, and the question for the password that delegating may lead to. */
export default async function ScopeLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const [person, scopes] = await Promise.all([currentPerson(), forPage((api) => api.listScopes({}))])
  return (
    <ConfirmSignIn method={person.session?.method ?? "password"} confirm={confirmSignIn}>
      <Frame
        scopes={scopes.items.map(({ path, name, environment, secretCount, visible }) => ({
          path,
          name,
          environment,
          secretCount,
          visible,
        }))}
        person={{ name: person.name, email: person.email ?? "" }}
        signOut={signOut}
      >
        {children}
      </Frame>
    </ConfirmSignIn>
  )
}
