/**
 * What a credential of Strongroom's may do at Vault or OpenBao, and no more: once as rules, from which come the policy
 * that people paste, the one that bootstrap makes, and what the check asks for.
 *
 * A policy is a program of the server's: a name with a quote, a brace or a wildcard in it would widen it. So every name
 * is held against our alphabet here again, wherever it came from, and what doesn't fit is refused.
 */
import { ProviderError } from "../provider.ts"

/** A part of a mount that is one team's. Neither begins nor ends with a slash; the prefix may be empty. */
export interface PolicyPlace {
  mount: string
  prefix: string
  kvVersion: 1 | 2
  /** Whether the server knows the capability `patch`: Vault before 1.9 refuses a policy that names it. */
  hasPatch: boolean
}

export interface PolicyRule {
  path: string
  capabilities: readonly Capability[]
  /** What Strongroom does with it. */
  why: string
}

export type Capability = "create" | "read" | "update" | "patch" | "delete" | "list"

/**
 * The least that a credential needs to keep secrets at a place.
 * @throws ProviderError `invalid` for a mount or a prefix that isn't of our alphabet
 */
export function policyFor(place: PolicyPlace): string {
  return [`# Strongroom's credential for ${rootOf(place)}: this, and nothing else.`, ...rulesFor(place).map(written)]
    .join("\n\n")
    .concat("\n")
}

/** The same as rules. Their order is the policy's. */
export function rulesFor(place: PolicyPlace): PolicyRule[] {
  return [...(place.kvVersion === 2 ? rulesOfKv2(place) : rulesOfKv1(place)), ...rulesForItself(place.mount)]
}

/** The same while the engine's version isn't known: version 2 is what new ones have. */
export function likelyPolicy(place: Pick<PolicyPlace, "mount" | "prefix"> & { kvVersion: "detect" | 1 | 2 }): string {
  const { mount, prefix, kvVersion } = place
  return policyFor({ mount, prefix, kvVersion: kvVersion === 1 ? 1 : 2, hasPatch: true })
}

/** `payments` becomes `strongroom-payments`. */
export function policyNameOf(team: string): string {
  return `strongroom-${checkedSegment(team, "team's name")}`
}

/** A path below the prefix: of a v2 engine's `kind`, or plainly of a v1 engine. */
export function pathBelow(place: Pick<PolicyPlace, "mount" | "prefix">, kind: string | null, below: string): string {
  const kinds = kind === null ? [] : [kind]
  const prefix = place.prefix === "" ? [] : [checked(place.prefix, "prefix")]
  return [checked(place.mount, "mount"), ...kinds, ...prefix, below].join("/")
}

function rulesOfKv2(place: PolicyPlace): PolicyRule[] {
  const at = (kind: string, below = "*"): string => pathBelow(place, kind, below)
  const patch: Capability[] = place.hasPatch ? ["patch"] : []
  return [
    {
      path: at("data"),
      capabilities: ["create", "read", "update", ...patch],
      why: "Values: read them, write new versions, change one field of an adopted secret.",
    },
    {
      path: at("metadata"),
      capabilities: ["create", "read", "update", ...patch, "delete", "list"],
      why: "Versions without their values, Strongroom's marker, lists of names, and removing a secret for good.",
    },
    ...listOfPrefix(place, "metadata"),
    { path: at("delete"), capabilities: ["update"], why: "Deleting versions so that they can be brought back." },
    { path: at("undelete"), capabilities: ["update"], why: "Bringing them back." },
    { path: at("destroy"), capabilities: ["update"], why: "Removing a version's value for good." },
    { path: at("subkeys"), capabilities: ["read"], why: "Names of the fields of a secret that is to be adopted." },
    {
      path: `${checked(place.mount, "mount")}/config`,
      capabilities: ["read"],
      why: "How many versions the engine keeps, and for how long.",
    },
  ]
}

function rulesOfKv1(place: PolicyPlace): PolicyRule[] {
  return [
    {
      path: pathBelow(place, null, "*"),
      capabilities: ["create", "read", "update", "delete", "list"],
      why: "Values: read, write and remove them, and list their names.",
    },
    ...listOfPrefix(place, null),
  ]
}

/** Without its slash, the prefix isn't below itself; some clients list it so. An empty one has no such name. */
function listOfPrefix(place: PolicyPlace, kind: string | null): PolicyRule[] {
  if (place.prefix === "") return []
  const path = pathBelow(place, kind, "*").slice(0, -"/*".length)
  return [{ path, capabilities: ["list"], why: "The list of what is directly in the prefix." }]
}

function rulesForItself(mount: string): PolicyRule[] {
  return [
    { path: "auth/token/lookup-self", capabilities: ["read"], why: "Whose the token is, and when it ends." },
    { path: "auth/token/renew-self", capabilities: ["update"], why: "Renewing it before it ends." },
    { path: "auth/token/revoke-self", capabilities: ["update"], why: "Giving it up when it is no longer needed." },
    { path: "sys/capabilities-self", capabilities: ["update"], why: "Finding out, without trying, what it may do." },
    {
      path: `sys/internal/ui/mounts/${checked(mount, "mount")}`,
      capabilities: ["read"],
      why: "Which version of the KV engine this is.",
    },
  ]
}

function written({ path, capabilities, why }: PolicyRule): string {
  const listed = capabilities.map((capability) => `"${capability}"`).join(", ")
  return `# ${why}\npath "${path}" {\n  capabilities = [${listed}]\n}`
}

function rootOf({ mount, prefix }: PolicyPlace): string {
  return [mount, prefix]
    .filter((part) => part !== "")
    .map((part) => checked(part, "place"))
    .join("/")
}

/** Segments joined by slashes. */
function checked(path: string, what: string): string {
  return path
    .split("/")
    .map((segment) => checkedSegment(segment, what))
    .join("/")
}

const segmentPattern = /^[A-Za-z0-9._-]{1,128}$/

function checkedSegment(segment: string, what: string): string {
  // The pattern's `$` doesn't match before a line break at the end: without the flag `m` it is the end alone.
  if (segmentPattern.test(segment) && segment !== "." && segment !== "..") return segment
  throw new ProviderError(
    "invalid",
    `The ${what} may consist of letters, digits, dots, dashes and underscores, so that it can stand in a policy.`,
  )
}
