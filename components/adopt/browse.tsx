"use client"

import { ChevronRight, Folder } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { BackendEntry } from "@/lib/contract/dto"
import { Button, IconButton } from "../ui/button"
import { Card } from "../ui/card"
import { Checkbox } from "../ui/choices"
import { EmptyState, ErrorState, Skeleton } from "../ui/states"
import { Tag } from "../ui/tag"
import { foldersTo, lastPart } from "./chosen"
import { useEntries, useFields } from "./use-entries"

export interface Choosing {
  has: (location: string, field: string | null) => boolean
  toggle: (location: string, field: string | null) => void
}

/** Folders and names at a provider, to choose from. A secret opens to its fields: one of them can be taken by itself. */
export function Browse({
  scope,
  provider,
  folder,
  onFolder,
  choosing,
}: {
  scope: string
  provider: string
  folder: string
  onFolder: (folder: string) => void
  choosing: Choosing
}): ReactNode {
  const { entries, isLoading, failure, hasMore, isFetchingMore, more, retry } = useEntries(scope, provider, folder)
  return (
    <Card title={<Way folder={folder} onFolder={onFolder} />}>
      {failure !== undefined ? (
        <div className="p-4">
          <ErrorState title="This folder could not be listed" action={<Button onClick={retry}>Try again</Button>}>
            {failure}
          </ErrorState>
        </div>
      ) : isLoading ? (
        <Shape />
      ) : entries.length === 0 ? (
        <div className="p-4">
          <EmptyState title="Nothing lies here">
            What is beneath the provider&apos;s prefix is listed here, folder by folder.
          </EmptyState>
        </div>
      ) : (
        <ul aria-label="What lies here" className="divide-y divide-line">
          {entries.map((entry) =>
            entry.kind === "folder" ? (
              <FolderRow key={`folder ${entry.path}`} path={entry.path} onFolder={onFolder} />
            ) : (
              <SecretRow key={entry.path} scope={scope} provider={provider} entry={entry} choosing={choosing} />
            ),
          )}
        </ul>
      )}
      {hasMore && (
        <div className="border-t border-line p-2">
          <Button look="quiet" pending={isFetchingMore} onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  )
}

function Way({ folder, onFolder }: { folder: string; onFolder: (folder: string) => void }): ReactNode {
  const ways = foldersTo(folder)
  return (
    <span className="flex flex-wrap items-center gap-1">
      {ways.map(({ path, label }, index) => (
        <span key={path} className="inline-flex items-center gap-1">
          {index > 0 && <span aria-hidden>/</span>}
          {index === ways.length - 1 ? (
            <span className={path === "" ? undefined : "font-mono text-small"}>{label}</span>
          ) : (
            <button
              type="button"
              onClick={() => onFolder(path)}
              className="rounded-small font-normal text-accent-text underline"
            >
              {label}
            </button>
          )}
        </span>
      ))}
    </span>
  )
}

function FolderRow({ path, onFolder }: { path: string; onFolder: (folder: string) => void }): ReactNode {
  return (
    <li>
      <button
        type="button"
        onClick={() => onFolder(path.replace(/\/$/, ""))}
        className="flex min-h-row w-full items-center gap-3 px-4 text-left -outline-offset-2 hover:bg-hover"
      >
        <Folder aria-hidden className="size-4 text-ink-3" />
        <span className="font-mono text-small">{lastPart(path)}/</span>
        <ChevronRight aria-hidden className="ml-auto size-4 text-ink-3" />
      </button>
    </li>
  )
}

function SecretRow({
  scope,
  provider,
  entry: { path, boundTo },
  choosing,
}: {
  scope: string
  provider: string
  entry: BackendEntry
  choosing: Choosing
}): ReactNode {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li>
      <div className="flex min-h-row items-center gap-3 px-4">
        <Checkbox
          label={`Adopt ${lastPart(path)}`}
          checked={choosing.has(path, null)}
          disabled={boundTo !== null}
          onChange={() => choosing.toggle(path, null)}
        />
        <span className="min-w-0 font-mono text-small font-semibold break-all">{lastPart(path)}</span>
        {boundTo !== null && <Tag>kept as {boundTo}</Tag>}
        <IconButton
          label={`Fields of ${lastPart(path)}`}
          aria-expanded={isOpen}
          className="ml-auto"
          onClick={() => setIsOpen(!isOpen)}
        >
          <ChevronRight aria-hidden className={isOpen ? "size-4 rotate-90" : "size-4"} />
        </IconButton>
      </div>
      {isOpen && <FieldRows scope={scope} provider={provider} location={path} choosing={choosing} />}
    </li>
  )
}

function FieldRows({
  scope,
  provider,
  location,
  choosing,
}: {
  scope: string
  provider: string
  location: string
  choosing: Choosing
}): ReactNode {
  const { fields, failure } = useFields(scope, provider, location)
  if (failure !== undefined) return <p className="px-4 py-2 pl-12 text-bad">{failure}</p>
  if (fields === undefined) return <Skeleton className="mx-12 my-3 h-3 w-40" />
  if (fields.length === 0) return <p className="px-4 py-2 pl-12 text-ink-3">It has no fields.</p>
  return (
    <ul aria-label={`Fields of ${lastPart(location)}`} className="grid gap-2 px-4 pb-3 pl-12">
      {fields.map((field) => (
        <li key={field}>
          <Checkbox checked={choosing.has(location, field)} onChange={() => choosing.toggle(location, field)}>
            <code>{field}</code>
          </Checkbox>
        </li>
      ))}
    </ul>
  )
}

function Shape(): ReactNode {
  return (
    <div role="status" aria-label="Loading">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex h-row items-center gap-4 px-4">
          <Skeleton className="size-4" />
          <Skeleton className="h-3 w-48" />
        </div>
      ))}
    </div>
  )
}
