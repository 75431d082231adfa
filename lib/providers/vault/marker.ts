/**
 * How we know again what we made, in a KV v2 secret's custom metadata: `managed_by`, the installation, the organization
 * and the secret. Where one field of others' secret is ours, their metadata stays theirs, and a key of that field's own
 * says so: a secret of theirs may hold several of ours.
 */
import { createHash } from "node:crypto"
import type { Place, StoredState } from "../provider.ts"

export type CustomMetadata = Readonly<Record<string, string>>

export function markerOf(place: Place, instanceId: string): CustomMetadata {
  const { organizationId, secretId, field } = place
  if (field !== null) return { [fieldKey(field)]: fieldMark(place, instanceId) }
  return {
    managed_by: "strongroom",
    strongroom_instance: instanceId,
    strongroom_organization: organizationId,
    strongroom_secret: secretId,
  }
}

/** Whose a place is. What another installation, another secret or another tool has marked is `others`. */
export function ownerOf(found: CustomMetadata, place: Place, instanceId: string): StoredState["managedBy"] {
  const marker = Object.entries(markerOf(place, instanceId))
  if (marker.every(([key, value]) => found[key] === value)) return "us"
  return isMarkedFor(found, place) ? "others" : "nobody"
}

/** Whether the whole is somebody's, or just the part that a place is about. */
function isMarkedFor(found: CustomMetadata, { field }: Place): boolean {
  if (found.managed_by !== undefined) return true
  if (field !== null) return found[fieldKey(field)] !== undefined
  return Object.keys(found).some((key) => key.startsWith("strongroom_"))
}

/** The secret of this installation and organization that the marker names; undefined when it is another's, or none. */
export function secretNamedIn(found: CustomMetadata, place: Place, instanceId: string): string | undefined {
  const { organizationId, field } = place
  const parts =
    field === null
      ? [found.strongroom_instance, found.strongroom_organization, found.strongroom_secret]
      : (found[fieldKey(field)] ?? "").split("/")
  const [instance, organization, secret] = parts
  return instance === instanceId && organization === organizationId ? secret : undefined
}

/** Whether this installation keeps anything there; `elsewhere` when it does so for another organization. */
export function keeperOf(
  found: CustomMetadata,
  organizationId: string,
  instanceId: string,
): "here" | "elsewhere" | "nobody" {
  const fields = Object.keys(found).filter((key) => key.startsWith(fieldPrefix))
  const [instances, organizations] = [
    [found.strongroom_instance, ...fields.map((key) => found[key]?.split("/")[0])],
    [found.strongroom_organization, ...fields.map((key) => found[key]?.split("/")[1])],
  ]
  const mine = organizations.filter((_, index) => instances[index] === instanceId)
  if (mine.length === 0) return "nobody"
  return mine.includes(organizationId) ? "here" : "elsewhere"
}

const fieldPrefix = "strongroom_field_"

/** A field's name can be longer than a key may be, so the key has its hash. */
function fieldKey(field: string): string {
  return `${fieldPrefix}${createHash("sha256").update(field).digest("hex").slice(0, 32)}`
}

function fieldMark({ organizationId, secretId }: Place, instanceId: string): string {
  return `${instanceId}/${organizationId}/${secretId}`
}
