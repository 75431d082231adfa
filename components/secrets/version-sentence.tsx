import type { ReactNode } from "react"
import type { Version } from "@/lib/contract/dto"
import { RelativeTime } from "../ui/relative-time"
import { originWords } from "./phrases"

/** "Rolled back from version 2 by Omar Reyes, 6 days ago" */
export function VersionSentence({ version }: { version: Version }): ReactNode {
  const { origin, createdBy, createdAt } = version
  return (
    <>
      {originWords(version)}
      {origin !== "changed_at_backend" && (
        <>
          {" by "}
          <b className="font-semibold">{createdBy.name}</b>
        </>
      )}
      , <RelativeTime at={createdAt} />
    </>
  )
}

/** What is said beneath: the note, where it came from, and who knows it. */
export function VersionNote({ version }: { version: Version }): ReactNode {
  const { note, sourceVersion, origin } = version
  const said = [
    note === "" ? undefined : `“${note}”`,
    sourceVersion === null ? undefined : `same as version ${sourceVersion}`,
    origin === "generated" ? "known by nobody" : undefined,
  ].filter((words) => words !== undefined)
  return said.length === 0 ? null : said.join(" · ")
}
