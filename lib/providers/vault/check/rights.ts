/**
 * What the credential may do: what is needed, and what it may beyond that. One question to the server answers both, and
 * nothing is tried out.
 */
import { randomBytes } from "node:crypto"
import { z } from "zod"
import type { Secret } from "../../../secret.ts"
import { type Capability, type PolicyPlace, pathBelow, policyFor } from "../policy.ts"
import { Obstacle, obstacleIn } from "./obstacle.ts"
import type { Visit } from "./visit.ts"
import { listed } from "./words.ts"

export interface Rights {
  canWrite: boolean
}

/** What one line is about. */
interface Need {
  id: string
  /** `read values` */
  what: string
  paths: readonly string[]
  capabilities: readonly Capability[]
  /** What stops working without it. */
  without: string
  /** A credential that only reads does without what is for writing; what is `extra`, any does without. */
  for: "reading" | "writing" | "extra"
}

interface Suspicion {
  id: string
  paths: readonly string[]
  /** What it means when anything is granted there. */
  text: string
}

type Granted = (path: string) => ReadonlySet<string>

/** @throws Obstacle when the server doesn't tell */
export async function findRights(visit: Visit, token: Secret, place: PolicyPlace, isRoot: boolean): Promise<Rights> {
  const needs = needsOf(place)
  const suspicions = suspicionsOf(place)
  const paths = [...needs, ...suspicions].flatMap((one) => one.paths)
  const granted = await askRights(visit, token, paths, place)
  const policy = policyFor(place)
  visit.report.passed("capabilities", "The server was asked what the credential may do. Nothing was tried out.")
  const canWrite = tellNeeds(visit, needs, granted, policy)
  if (!isRoot) tellExcess(visit, suspicions, paths, granted, policy)
  return { canWrite }
}

async function askRights(
  { client, settings }: Visit,
  token: Secret,
  paths: readonly string[],
  place: PolicyPlace,
): Promise<Granted> {
  const path = ["sys", "capabilities-self"]
  const answer = await client.call({ method: "POST", path, token, body: { paths } })
  if (answer.status === 403) {
    const text = "The credential may not ask what it may do, so that can't be told without trying it out."
    throw new Obstacle("forbidden", text, 'Grant it "update" on sys/capabilities-self.', policyFor(place))
  }
  const body = z.object({ data: z.record(z.string(), z.unknown()) }).safeParse(answer.body)
  if (answer.status !== 200 || !body.success) throw obstacleIn(answer, "tell what the credential may do", settings)
  const { data } = body.data
  return (asked) => new Set(z.array(z.string()).catch([]).parse(data[asked]))
}

// --- what is needed

/** A place as deep as those that secrets are kept at. Nothing is put there: the server is asked about its name. */
const deepPlace = "strongroom-check/strongroom-check/strongroom-check"

function needsOf(place: PolicyPlace): Need[] {
  return [...(place.kvVersion === 2 ? needsOfKv2(place) : needsOfKv1(place)), ...needsOfToken]
}

function needsOfKv2(place: PolicyPlace): Need[] {
  const at = (kind: string): string[] => [pathBelow(place, kind, deepPlace)]
  const lists = [pathBelow(place, "metadata", ""), pathBelow(place, "metadata", "strongroom-check/")]
  const patches: Need[] = [
    {
      id: "capability.patch",
      what: "change one field of a secret",
      paths: at("data"),
      capabilities: ["patch"],
      without: "all fields of an adopted secret are written again when one of them changes",
      for: "extra",
    },
    {
      id: "capability.metadata.patch",
      what: "add its mark to what others noted",
      paths: at("metadata"),
      capabilities: ["patch"],
      without: "all notes on an adopted secret are written again when it is marked",
      for: "extra",
    },
  ]
  return [
    {
      id: "capability.read",
      what: "read values",
      paths: at("data"),
      capabilities: ["read"],
      without: "no secret that is kept here can be read",
      for: "reading",
    },
    {
      id: "capability.metadata.read",
      what: "see versions without their values",
      paths: at("metadata"),
      capabilities: ["read"],
      without: "there is no history, and what others change there isn't noticed",
      for: "reading",
    },
    {
      id: "capability.list",
      what: "list names",
      paths: lists,
      capabilities: ["list"],
      without: "nothing that is there can be found and adopted, and nothing that was left over",
      for: "writing",
    },
    {
      id: "capability.write",
      what: "write versions",
      paths: at("data"),
      capabilities: ["create", "update"],
      without: "no secret can be kept here",
      for: "writing",
    },
    ...(place.hasPatch ? patches : []),
    {
      id: "capability.metadata.write",
      what: "mark what is Strongroom's",
      paths: at("metadata"),
      capabilities: ["create", "update"],
      without: "what Strongroom keeps here can't be told from what others do, so nothing is written",
      for: "writing",
    },
    {
      id: "capability.metadata.delete",
      what: "remove secrets for good",
      paths: at("metadata"),
      capabilities: ["delete"],
      without: "destroyed secrets and moved ones stay here",
      for: "writing",
    },
    {
      id: "capability.delete",
      what: "delete versions",
      paths: at("delete"),
      capabilities: ["update"],
      without: "deleted secrets stay readable here",
      for: "writing",
    },
    {
      id: "capability.undelete",
      what: "bring deleted versions back",
      paths: at("undelete"),
      capabilities: ["update"],
      without: "a deleted secret can't be restored",
      for: "writing",
    },
    {
      id: "capability.destroy",
      what: "remove a version's value for good",
      paths: at("destroy"),
      capabilities: ["update"],
      without: "a version that leaked stays here",
      for: "writing",
    },
    {
      id: "capability.subkeys",
      what: "see the names of a secret's fields",
      paths: at("subkeys"),
      capabilities: ["read"],
      without: "the fields of a secret that is to be adopted are found by reading their values",
      for: "extra",
    },
  ]
}

function needsOfKv1(place: PolicyPlace): Need[] {
  const paths = [pathBelow(place, null, deepPlace)]
  return [
    {
      id: "capability.read",
      what: "read values",
      paths,
      capabilities: ["read"],
      without: "no secret that is kept here can be read",
      for: "reading",
    },
    {
      id: "capability.list",
      what: "list names",
      paths: [pathBelow(place, null, ""), pathBelow(place, null, "strongroom-check/")],
      capabilities: ["list"],
      without: "nothing that is there can be found and adopted, and nothing that was left over",
      for: "writing",
    },
    {
      id: "capability.write",
      what: "write values",
      paths,
      capabilities: ["create", "update"],
      without: "no secret can be kept here",
      for: "writing",
    },
    {
      id: "capability.delete",
      what: "remove values",
      paths,
      capabilities: ["delete"],
      without: "destroyed secrets and moved ones stay here",
      for: "writing",
    },
  ]
}

const needsOfToken: Need[] = [
  {
    id: "capability.lookup_self",
    what: "look itself up",
    paths: ["auth/token/lookup-self"],
    capabilities: ["read"],
    without: "nobody is warned before it ends",
    for: "extra",
  },
  {
    id: "capability.renew_self",
    what: "renew itself",
    paths: ["auth/token/renew-self"],
    capabilities: ["update"],
    without: "a token can't be kept from ending",
    for: "extra",
  },
  {
    id: "capability.revoke_self",
    what: "give itself up",
    paths: ["auth/token/revoke-self"],
    capabilities: ["update"],
    without: "a token that is no longer needed stays good until it ends",
    for: "extra",
  },
]

/** Tells a line for each need, and whether all that is for writing is there. */
function tellNeeds(visit: Visit, needs: readonly Need[], granted: Granted, policy: string): boolean {
  const missingOf = (need: Need): Capability[] => missing(need, granted)
  const writing = needs.filter((need) => need.for === "writing")
  // Listing alone is no sign of somebody who wanted it to write.
  const onlyReads = writing.every(
    (need) => need.id === "capability.list" || missingOf(need).length === need.capabilities.length,
  )
  for (const need of needs) tellNeed(visit, need, missingOf(need), onlyReads, policy)
  if (onlyReads) {
    visit.report.warned(
      "read_only",
      "The credential only reads: secrets that are here can be adopted, and none kept.",
      {
        mend: "If that is what you want, leave it so. To keep secrets here, give it the policy below.",
        paste: policy,
      },
    )
  }
  return writing.every((need) => missingOf(need).length === 0)
}

function tellNeed({ report }: Visit, need: Need, lacking: Capability[], onlyReads: boolean, policy: string): void {
  const [path = ""] = need.paths
  const shown = shownPath(path)
  if (lacking.length === 0) {
    report.passed(need.id, `It may ${need.what}: ${listed(need.capabilities)} on ${shown}.`)
    return
  }
  const text = `It may not ${need.what}: ${listed(lacking)} on ${shown} ${lacking.length === 1 ? "is" : "are"} missing.`
  const mend = `Without it, ${need.without}. The policy below grants it, and nothing that isn't needed.`
  if (need.for === "reading" || (need.for === "writing" && !onlyReads)) {
    report.failed(need.id, "forbidden", text, { mend, paste: policy })
  } else if (need.for === "writing" && need.id !== "capability.list") {
    report.skipped(need.id, text, { mend: `Without it, ${need.without}.` })
  } else report.warned(need.id, text, { mend, paste: policy })
}

function missing({ paths, capabilities }: Need, granted: Granted): Capability[] {
  const lacks = (path: string, capability: Capability): boolean => {
    const there = granted(path)
    return !there.has("root") && !there.has(capability)
  }
  return capabilities.filter((capability) => paths.some((path) => lacks(path, capability)))
}

// --- what is too much

function suspicionsOf(place: PolicyPlace): Suspicion[] {
  const other = `strongroom-check-${randomBytes(6).toString("hex")}`
  return [
    {
      id: "privilege.policies",
      paths: [`sys/policies/acl/${other}`, `sys/policy/${other}`],
      text: "It may change policies, and so give itself everything",
    },
    {
      id: "privilege.tokens",
      paths: ["auth/token/create", "auth/token/create-orphan"],
      text: "It may make further tokens, which stay when this one is revoked",
    },
    {
      id: "privilege.mounts",
      paths: ["sys/mounts", `sys/mounts/${other}`],
      text: "It may see or change which mounts there are, beyond its own",
    },
    {
      id: "privilege.system",
      paths: [`sys/auth/${other}`, `sys/audit/${other}`, "sys/seal", "sys/raw", "sys/leases/revoke-prefix"],
      text: "It may administer the server itself",
    },
    ...suspicionsInMount(place, other),
    {
      id: "privilege.other_mounts",
      paths: [`${other}/${other}`, ...pathsInOtherMounts(place, other)],
      text: "It reaches other mounts",
    },
  ]
}

/** With an empty prefix, the whole mount is the scope's, and nothing in it is too much. */
function suspicionsInMount({ mount, prefix, kvVersion }: PolicyPlace, other: string): Suspicion[] {
  if (prefix === "") return []
  const kinds = kvVersion === 2 ? ["data", "metadata"] : [null]
  const inMount = (path: string): string[] =>
    kinds.map((kind) => [mount, ...(kind === null ? [] : [kind]), path].join("/"))
  const parent = prefix.split("/").slice(0, -1)
  return [
    {
      id: "privilege.similar_prefixes",
      paths: inMount(`${prefix}-${other}/${other}`),
      text: `It reaches what only begins like the prefix: its policy says "${prefix}*" where "${prefix}/*" is meant`,
    },
    {
      id: "privilege.other_prefixes",
      paths: [
        ...inMount(`${other}/${other}`),
        ...inMount([...parent, other, other].join("/")),
        ...inMount("").slice(-1),
      ],
      text: `It reaches what is outside of the prefix "${prefix}"`,
    },
  ]
}

function pathsInOtherMounts({ mount, prefix }: PolicyPlace, other: string): string[] {
  const below = prefix === "" ? other : `${prefix}/${other}`
  const known = ["secret", "kv"]
    .filter((name) => name !== mount)
    .flatMap((name) => [`${name}/data/${below}`, `${name}/${below}`])
  return [...known, `${other}/data/${below}`, `${other}/metadata/${below}`]
}

function tellExcess(
  { report }: Visit,
  suspicions: readonly Suspicion[],
  all: readonly string[],
  granted: Granted,
  policy: string,
): void {
  const mend = "Nothing of Strongroom's needs that. Use a credential with the policy below and no other."
  const tell = (id: string, text: string): void => report.warned(id, text, { mend, paste: policy })
  const found = suspicions.flatMap(({ id, paths, text }) => {
    const reached = paths.filter((path) => isGranted(granted(path)))
    return reached.length === 0 ? [] : [{ id, text: `${text}: ${inWords(reached, granted)}.` }]
  })
  for (const { id, text } of found) tell(id, text)
  const superuser = all.filter((path) => granted(path).has("sudo"))
  if (superuser.length > 0)
    tell("privilege.sudo", `It has "sudo", which opens what is closed to others: on ${shownPath(superuser[0] ?? "")}.`)
  if (found.length + superuser.length > 0) return
  report.passed(
    "privilege",
    "It may do nothing else that was asked about: no other prefix or mount, no policies, no tokens.",
  )
}

function isGranted(capabilities: ReadonlySet<string>): boolean {
  return capabilities.size > 0 && !capabilities.has("deny")
}

function inWords(paths: readonly string[], granted: Granted): string {
  const [first = ""] = paths
  return `${listed([...granted(first)].sort())} on ${shownPath(first)}`
}

/** As people write it who mean everything below. */
function shownPath(path: string): string {
  return path.replace(deepPlace, "*").replace(/strongroom-check-[0-9a-f]{12}/g, "…")
}
