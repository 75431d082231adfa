/** Finds what a write is about. What is looked up in one turn of the event loop shares a statement. */
import type { Ownership } from "../contract/words.ts"
import { texts, uuids } from "./binary-lists.ts"
import type { Database } from "./database.ts"
import { inBatches } from "./in-batches.ts"

export interface TargetName {
  organizationId: string
  /** The path of the vault's own scope. */
  scope: string
  vault: string
  foldedName: string
}

export interface WriteTarget {
  vaultId: string
  /** The secret of this name that wasn't destroyed; null when there is none. */
  secret: TargetSecret | null
}

export interface TargetSecret {
  id: string
  name: string
  state: "active" | "disabled" | "deleted"
  /** 0 while its first version isn't committed: then nobody may see it. */
  currentVersion: number
  /** The number that its next version gets, if no write of it is under way. */
  nextVersion: number
  /** Null is the built-in store. */
  providerId: string | null
  ownership: Ownership
  location: string
  field: string | null
  /** Grows when it is bound to another place. */
  epoch: number
  purgeAfter: Date | null
}

/** The vault of this name at the scope itself, and in it the secret of this name; undefined when there is no such vault. */
export type FindTarget = (name: TargetName) => Promise<WriteTarget | undefined>

export function openWriteTargets(database: Database): FindTarget {
  return inBatches((names: TargetName[]) => findAll(database, names))
}

async function findAll({ pool }: Database, names: readonly TargetName[]): Promise<(WriteTarget | undefined)[]> {
  const { rows } = await pool.query<TargetRow>({
    name: "find-write-targets",
    text: `SELECT item.position::int, v."id" AS "vaultId", s."id", s."name", s."state", s."currentVersion", s."nextVersion", s."providerId", s."ownership", s."location",
             s."field", s."epoch", s."purgeAfter"
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS item(org, scope, vault, name, position)
           JOIN "Scope" sc ON sc."organizationId" = item.org AND sc."path" = item.scope
           JOIN "Vault" v ON v."organizationId" = sc."organizationId" AND v."scopeId" = sc."id" AND v."name" = item.vault
           LEFT JOIN "Secret" s ON s."organizationId" = item.org AND s."vaultId" = v."id" AND s."foldedName" = item.name
             AND s."state" <> 'destroyed'`,
    values: [
      uuids(names.map(({ organizationId }) => organizationId)),
      texts(names.map(({ scope }) => scope)),
      texts(names.map(({ vault }) => vault)),
      texts(names.map(({ foldedName }) => foldedName)),
    ],
  })
  const byPosition = new Map(rows.map((row) => [row.position - 1, toTarget(row)]))
  return names.map((_, index) => byPosition.get(index))
}

type TargetRow = { position: number; vaultId: string } & (TargetSecret | { id: null })

function toTarget({ position: _, vaultId, ...secret }: TargetRow): WriteTarget {
  return { vaultId, secret: secret.id === null ? null : secret }
}
