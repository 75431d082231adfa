import type { ReactNode } from "react"
import type { Grant, ServiceAccountDetail } from "@/lib/contract/dto"
import { secretPage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import { Card } from "../ui/card"
import { Link } from "../ui/link"
import { Notice } from "../ui/notice"
import { Tag } from "../ui/tag"
import { grantedWhat } from "./account-words"

/** The names that an account can read as things stand, by the grant that lets it. */
export function ReadableNow({
  account: { readable, readableCount, grants, disabled, activeTokens, name },
}: {
  account: Pick<ServiceAccountDetail, "readable" | "readableCount" | "grants" | "disabled" | "activeTokens" | "name">
}): ReactNode {
  const byGrant = Map.groupBy(readable, ({ grant }) => grant)
  const notNow = disabled
    ? `${name} is disabled, so it reads none of these until it is enabled.`
    : activeTokens === 0
      ? `${name} has no token that works, so it reads none of these yet.`
      : undefined
  return (
    <Card title="Can read now" tag={<Tag>{counted(readableCount, "secret")}</Tag>}>
      {notNow !== undefined && readableCount > 0 && (
        <div className="border-b border-line">
          <Notice flush>{notNow}</Notice>
        </div>
      )}
      {readableCount === 0 && <p className="px-4 py-3 text-ink-3">{nothingWords(grants)}</p>}
      {[...byGrant].map(([grantId, secrets]) => (
        <section key={grantId} className="grid gap-2 border-t border-line px-4 py-3 first-of-type:border-t-0">
          <h3 className="font-normal text-ink-3">{reasonOf(grants.find(({ id }) => id === grantId))}</h3>
          <ul className="flex flex-wrap gap-x-4 gap-y-1">
            {secrets.map((secret) => (
              <li key={`${secret.scope}/${secret.vault}/${secret.name}`} className="min-w-0">
                <Link
                  href={secretPage(secret.scope, secret.vault, secret.name)}
                  title={`${secret.scope}/${secret.vault}/${secret.name}`}
                  className="rounded-small font-mono text-small font-semibold break-all hover:underline"
                >
                  {secret.name}
                </Link>{" "}
                <span className="text-small text-ink-3">
                  {secret.scope}/{secret.vault}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {readableCount > readable.length && (
        <p className="border-t border-line px-4 py-3 text-ink-3">
          and {counted(readableCount - readable.length, "more", "more")}
        </p>
      )}
    </Card>
  )
}

function reasonOf(grant: Grant | undefined): ReactNode {
  if (grant === undefined) return "By a grant"
  return (
    <>
      By the grant on {grantedWhat(grant)} in <code>{grant.scope}</code>, given by {grant.grantedBy.name}
    </>
  )
}

function nothingWords(grants: readonly Grant[]): string {
  if (grants.every(({ access }) => access !== "read"))
    return "Nothing: no grant lets it read. Grant it something below."
  return "Nothing yet: no secret lies where its grants hold. What is put there becomes readable."
}
