import type { ReactNode } from "react"
import type { SecretDetail } from "@/lib/contract/dto"
import { categoryLabel, type VersionOrigin } from "@/lib/contract/words"
import { providerPage } from "../frame/addresses"
import { Card } from "../ui/card"
import { Fact, Facts } from "../ui/facts"
import { Link } from "../ui/link"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { dayWords, knownByWords, stateWords, valueWords } from "./phrases"
import { WhyNoEye } from "./why-no-eye"

/** What stands where other products show a value. */
export function SecretFacts({
  secret,
  explain,
  lookNow,
}: {
  secret: SecretDetail
  explain: boolean
  /** A button that looks at its backend, where it has one and the person may. */
  lookNow?: ReactNode
}): ReactNode {
  const {
    provider,
    keptAt,
    field,
    readerCount,
    lastReadAt,
    category,
    owner,
    envName,
    envNameIsOwn,
    createdAt,
    createdBy,
  } = secret
  return (
    <Card>
      {explain && <WhyNoEye />}
      <Facts>
        <Fact name="Current">
          <Current secret={secret} />
        </Fact>
        <Fact name="State">
          <span className="inline-flex flex-wrap gap-1">
            {stateWords(secret).map(({ words, tone }) => (
              <Tag key={words} tone={tone}>
                {words}
              </Tag>
            ))}
          </span>
        </Fact>
        <Fact name="Known by">{knownByWords(secret)}</Fact>
        <Fact name="Size">{valueWords(secret)}</Fact>
        <Fact name="Kept at">
          <span className="flex flex-wrap items-center gap-x-1">
            <span>
              <Link
                href={providerPage(secret.scope, provider.name)}
                className="rounded-small text-accent-text underline"
              >
                {provider.name}
              </Link>
              , <code className="break-all">{keptAt}</code>
              {field !== null && (
                <>
                  , its field <code className="break-all">{field}</code>
                </>
              )}
            </span>
            {lookNow}
          </span>
        </Fact>
        <Fact name="Last read">
          {lastReadAt === null ? "never" : <RelativeTime at={lastReadAt} />}
          {readerCount === 0 && <span className="text-ink-3">, and no service account may read it</span>}
        </Fact>
        <Fact name="Rotation">{rotationWords(secret)}</Fact>
        <Fact name="Category">{category !== null && categoryLabel[category]}</Fact>
        <Fact name="Owner">{owner?.name}</Fact>
        <Fact name="Arrives as">
          <code>{envName}</code>
          {!envNameIsOwn && <span className="text-ink-3"> from its name</span>}
        </Fact>
        <Fact name="Made">
          <RelativeTime at={createdAt} /> by {createdBy.name}
        </Fact>
      </Facts>
    </Card>
  )
}

const verbs: Readonly<Record<VersionOrigin, string>> = {
  typed: "set",
  generated: "generated",
  imported: "imported",
  rolled_back: "rolled back",
  changed_at_backend: "changed at the backend",
  adopted: "adopted",
}

function Current({ secret: { currentVersion, origin, updatedAt, updatedBy } }: { secret: SecretDetail }): ReactNode {
  if (currentVersion === null) return "no version yet"
  return (
    <>
      version <b className="font-semibold">{currentVersion}</b>, {verbs[origin ?? "typed"]}{" "}
      <RelativeTime at={updatedAt} />
      {origin !== "changed_at_backend" && <> by {updatedBy.name}</>}
    </>
  )
}

/** "every 90 days, due 20 February" */
function rotationWords({ rotationDays, rotationDueAt }: SecretDetail): string | undefined {
  if (rotationDays === null) return undefined
  const every = rotationDays === 1 ? "every day" : `every ${rotationDays} days`
  return rotationDueAt === null ? every : `${every}, due ${dayWords(rotationDueAt)}`
}
