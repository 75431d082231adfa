import type { ReactNode } from "react"
import { signOut } from "@/app/s/[scope]/actions"
import { Frame } from "@/components/frame/frame"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"

/** The same frame as around the scopes, though this page belongs to none. */
export default async function AccountLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const [person, scopes] = await Promise.all([currentPerson(), forPage((api) => api.listScopes({}))])
  return (
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
  )
}
