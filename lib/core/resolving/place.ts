/** Which workspace a machine reads in: the one that it names, the one that lists its project, or its own. */
import type { Database } from "../../db/database.ts"
import type { Workspace } from "../../db/hot-reads.ts"
import { findProjectWorkspaces } from "../../db/project-workspaces.ts"
import { AppError } from "../../errors.ts"
import type { EventFacts } from "../audit.ts"

export interface Place {
  /** Null is the service account's own. */
  scope: string | null
  /** Why there is none; told to whoever turns out to have a good token. */
  problem?: AppError
}

interface Asked {
  scope?: string | undefined
  project?: string | undefined
}

/** What was asked for, with the place that it was found to be at. */
export type AtPlace<Input extends Asked> = Input & { place: Place }

/** A project counts where a grant covers the workspace: one that lists it elsewhere might as well not be there. */
export async function findPlace(database: Database, tokenHash: Uint8Array, asked: Asked): Promise<Place> {
  const { scope = null, project } = asked
  if (project === undefined) return { scope }
  const [found, ...others] = await findProjectWorkspaces(database, tokenHash, project)
  if (found === undefined) return { scope: null, problem: noWorkspaceOf(project) }
  return others.length === 0 ? { scope: found } : { scope: null, problem: severalOf(project, [found, ...others]) }
}

/** Throws where there is none. */
export function requirePlace({ problem }: Place): void {
  if (problem !== undefined) throw problem
}

/** What the event says of it. */
export function aboutPlace({ project }: Asked, scope: string, workspace: Workspace | null): EventFacts {
  const details = { ...(project !== undefined && { project }), ...(workspace === null && { askedScope: scope }) }
  return { ...(workspace !== null && { scope: workspace }), details }
}

function noWorkspaceOf(project: string): AppError {
  const message = `No workspace that this token may read lists the project "${project}". Look at its name, at the workspace's settings, and at the service account's grants.`
  return new AppError("not_found", message)
}

function severalOf(project: string, paths: readonly string[]): AppError {
  const message = `${paths.join(" and ")} list the project "${project}". Name one of them with scope instead.`
  return new AppError("conflict", message)
}
