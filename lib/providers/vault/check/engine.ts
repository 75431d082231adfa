/** The mount: that it is there, that it is a KV engine, which version, and what it keeps. */
import { z } from "zod"
import type { Secret } from "../../../secret.ts"
import { isStillUpgrading } from "../errors.ts"
import { likelyPolicy } from "../policy.ts"
import type { Identity } from "./identity.ts"
import { namespaceHint, Obstacle, obstacleIn } from "./obstacle.ts"
import type { Visit } from "./visit.ts"
import { errorsIn, named } from "./words.ts"

export interface Engine {
  kvVersion: 1 | 2
  /** Null for KV v1, and where the credential may not ask. */
  maxVersions: number | null
  /** In the server's words: `720h0m0s`. Null when it deletes none by itself. */
  deleteVersionAfter: string | null
}

const mountBody = z.object({
  data: z.object({ type: z.string(), path: z.string(), options: z.record(z.string(), z.string()).nullish() }),
})

/** @throws Obstacle */
export async function findEngine(visit: Visit, token: Secret, identity: Identity): Promise<Engine> {
  const { client, report, settings } = visit
  const path = ["sys", "internal", "ui", "mounts", ...settings.mount.split("/")]
  const answer = await client.call({ method: "GET", path, token })
  if (answer.status === 403) throw nothingThere(visit, errorsIn(answer.body), identity)
  const parsed = mountBody.safeParse(answer.body)
  if (answer.status !== 200 || !parsed.success) throw obstacleIn(answer, "tell about the mount", settings)
  const { type, path: mountPath, options } = parsed.data.data
  checkMount(visit, type, mountPath)
  if (options?.version === "2") {
    report.passed("engine", `"${settings.mount}" is a KV engine, version 2: it keeps earlier versions.`)
    return { kvVersion: 2, ...(await findLimits(visit, token)) }
  }
  report.warned("engine", `"${settings.mount}" is a KV engine, version 1: it keeps no earlier versions.`, {
    mend: `A new version replaces the last one there, for good, and two writers at once don't notice each other. \`bao kv enable-versioning ${settings.mount}\` makes it version 2.`,
  })
  return { kvVersion: 1, maxVersions: null, deleteVersionAfter: null }
}

/** The server answers the same for a mount that isn't there and for one of which the credential may reach nothing. */
function nothingThere({ settings }: Visit, said: string, { isRoot, namespace }: Identity): Obstacle {
  const { mount } = settings
  if (!said.includes("preflight capability check")) {
    const text = `The server doesn't let this credential ask about the mount "${mount}".`
    return new Obstacle("forbidden", text, namespaceHint(settings))
  }
  if (isRoot) {
    const mend = `Make it: \`bao secrets enable -path=${mount} -version=2 kv\`. ${namespaceHint(settings)}`
    return new Obstacle("misconfigured", `There is no mount "${mount}".`, mend)
  }
  const text = `There is no mount "${mount}", or this credential may reach nothing in it: the server doesn't tell which.`
  const elsewhere =
    namespace !== null && namespace !== settings.namespace ? ` It is of the namespace "${named(namespace)}".` : ""
  const mend = `Look whether it is there, and give the credential the policy below.${elsewhere} ${namespaceHint(settings)}`
  return new Obstacle("forbidden", text, mend, likelyPolicy(settings))
}

function checkMount({ settings }: Visit, type: string, path: string): void {
  const mount = path.replace(/\/$/, "")
  if (mount !== settings.mount) {
    const rest = settings.mount.slice(mount.length + 1)
    throw new Obstacle(
      "misconfigured",
      `The mount is "${named(mount)}", and "${rest}" is a folder in it.`,
      `Enter "${named(mount)}" as the mount, and begin the prefix with "${rest}".`,
    )
  }
  if (type === "kv" || type === "generic") return
  throw new Obstacle(
    "misconfigured",
    `"${mount}" is a mount of the engine "${named(type)}", which keeps no secrets of this kind.`,
    "Name a mount of the KV engine. `bao secrets list` shows them.",
  )
}

const configBody = z.object({
  data: z.object({ cas_required: z.boolean(), delete_version_after: z.string(), max_versions: z.number() }),
})

/** What the engine does when nobody has said how many it should keep. */
const versionsByDefault = 10

async function findLimits({ client, report, settings }: Visit, token: Secret): Promise<Omit<Engine, "kvVersion">> {
  const answer = await client.call({ method: "GET", path: [...settings.mount.split("/"), "config"], token })
  const parsed = configBody.safeParse(answer.body)
  if (isStillUpgrading(answer)) {
    report.warned("engine.limits", "The engine is still becoming version 2.", { mend: "Check again in a few seconds." })
    return { maxVersions: null, deleteVersionAfter: null }
  }
  if (answer.status !== 200 || !parsed.success) {
    report.skipped("engine.limits", "How many versions the engine keeps can't be told.", {
      mend: `Grant "read" on ${settings.mount}/config to see it here.`,
    })
    return { maxVersions: null, deleteVersionAfter: null }
  }
  const { max_versions, delete_version_after, cas_required } = parsed.data.data
  const maxVersions = max_versions > 0 ? max_versions : versionsByDefault
  const writes = cas_required ? " Writes without check-and-set are refused; Strongroom's have it." : ""
  const keeps = `The engine keeps ${maxVersions} versions of a secret, and forgets the oldest beyond that.${writes}`
  if (/^0s?$/.test(delete_version_after)) {
    report.passed("engine.limits", keeps)
    return { maxVersions, deleteVersionAfter: null }
  }
  const after = named(delete_version_after).slice(0, 40).toWellFormed()
  report.warned("engine.limits", `${keeps} It deletes each version ${after} after it was written.`, {
    mend: `The newest one too: what isn't rotated in time stops being readable. \`bao write ${settings.mount}/config delete_version_after=0s\` ends it.`,
  })
  return { maxVersions, deleteVersionAfter: after }
}
