"use client"

import { useInfiniteQuery } from "@tanstack/react-query"
import { Ellipsis } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { OutputOf } from "@/lib/contract/api"
import type { SecretDetail, Version } from "@/lib/contract/dto"
import { pathOf, readApi } from "../query/read-api"
import { Button, IconButton } from "../ui/button"
import { Card } from "../ui/card"
import { CodeBlock } from "../ui/command-line"
import { Menu, MenuItem } from "../ui/menu"
import { Notice } from "../ui/notice"
import { Tag } from "../ui/tag"
import { Timeline, TimelineItem } from "../ui/timeline"
import { CompareVersions } from "./compare-versions"
import { historyWords, versionStateWord } from "./phrases"
import type { SecretAddress } from "./secret-form"
import { type VersionAct, type VersionActions, VersionDialog } from "./version-dialog"
import { VersionNote, VersionSentence } from "./version-sentence"

/** A secret's versions, newest first, with what may be done to each. */
export function History({
  address,
  first,
  currentVersion,
  abilities,
  may,
  actions,
}: {
  address: SecretAddress
  first: OutputOf<"listVersions">
  currentVersion: number | null
  /** What can be done with versions where it is kept. */
  abilities: SecretDetail["abilities"]
  may: { write: boolean; destroy: boolean }
  actions: VersionActions
}): ReactNode {
  const [asked, setAsked] = useState<{ act: VersionAct; version: Version }>()
  const { versions, hasMore, isFetching, failure, more } = useVersions(address, first)
  const words = historyWords(abilities)
  return (
    <Card title="History" action={versions.length > 1 && <CompareVersions versions={versions} />}>
      {words !== undefined && <p className="border-b border-line px-4 py-2 text-ink-3">{words}</p>}
      {versions.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">No version was written yet.</p>
      ) : (
        <Timeline label="History">
          {versions.map((version) => (
            <VersionItem
              key={version.number}
              version={version}
              acts={actsOn(version, may, abilities)}
              onAsk={(act) => setAsked({ act, version })}
            />
          ))}
        </Timeline>
      )}
      {failure !== undefined && <Notice tone="bad">{failure}</Notice>}
      {hasMore && (
        <div className="border-t border-line p-2">
          <Button look="quiet" pending={isFetching} onClick={more}>
            Show older versions
          </Button>
        </div>
      )}
      {asked && (
        <VersionDialog
          key={`${asked.act} ${asked.version.number}`}
          {...asked}
          address={address}
          currentVersion={currentVersion}
          actions={actions}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Card>
  )
}

function VersionItem({
  version,
  acts,
  onAsk,
}: {
  version: Version
  acts: readonly { act: VersionAct; label: string }[]
  onAsk: (act: VersionAct) => void
}): ReactNode {
  const { words, tone } = versionStateWord(version)
  return (
    <TimelineItem
      mark={`v${version.number}`}
      state={<Tag tone={tone}>{words}</Tag>}
      note={
        <>
          <VersionNote version={version} />
          {version.publicKey !== null && (
            <details className="mt-1">
              <summary className="w-fit rounded-small text-small">Public half of the key pair</summary>
              <CodeBlock code={version.publicKey} label={`Public key of version ${version.number}`} />
            </details>
          )}
        </>
      }
      actions={
        acts.length > 0 && (
          <Menu
            trigger={
              <IconButton label={`Actions on version ${version.number}`}>
                <Ellipsis aria-hidden className="size-4" />
              </IconButton>
            }
          >
            {acts.map(({ act, label }) => (
              <MenuItem key={act} danger={act === "destroy"} onSelect={() => onAsk(act)}>
                {label}
              </MenuItem>
            ))}
          </Menu>
        )
      }
    >
      <VersionSentence version={version} />
    </TimelineItem>
  )
}

function actsOn(
  { state, isCurrent }: Version,
  may: { write: boolean; destroy: boolean },
  { versions, trash, destroyVersion }: SecretDetail["abilities"],
): { act: VersionAct; label: string }[] {
  if (state === "destroyed" || state === "forgotten") return []
  const mayTrash = may.write && trash !== "none"
  const mayMakeCurrent = may.write && !isCurrent && state === "enabled" && versions !== "none"
  const mayDestroy = may.destroy && !isCurrent && destroyVersion !== "none"
  const acts: { act: VersionAct; label: string; isOffered: boolean }[] = [
    { act: "makeCurrent", label: "Make current…", isOffered: mayMakeCurrent },
    { act: "disable", label: "Disable…", isOffered: may.write && state === "enabled" },
    { act: "enable", label: "Enable", isOffered: may.write && state === "disabled" },
    { act: "delete", label: "Delete…", isOffered: mayTrash && state !== "deleted" },
    { act: "restore", label: "Restore", isOffered: mayTrash && state === "deleted" },
    { act: "destroy", label: "Destroy…", isOffered: mayDestroy },
  ]
  return acts.filter(({ isOffered }) => isOffered)
}

function useVersions(
  { scope, vault, name }: SecretAddress,
  first: OutputOf<"listVersions">,
): { versions: Version[]; hasMore: boolean; isFetching: boolean; failure: string | undefined; more: () => void } {
  const older = useInfiniteQuery({
    queryKey: ["versions", scope, vault, name, first.nextCursor],
    queryFn: ({ pageParam, signal }) => {
      const path = pathOf`/api/v1/scopes/${scope}/vaults/${vault}/secrets/${name}/versions`
      return readApi<"listVersions">(path, { cursor: pageParam, limit: 50 }, signal)
    },
    initialPageParam: first.nextCursor ?? "",
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    enabled: false,
  })
  const pages = older.data?.pages ?? []
  const hasMore = older.data === undefined ? first.nextCursor !== null : older.hasNextPage
  return {
    versions: [...first.items, ...pages.flatMap((page) => page.items)],
    hasMore,
    isFetching: older.isFetching,
    failure: older.error?.message,
    more: () => void (older.data === undefined ? older.refetch() : older.fetchNextPage()),
  }
}
