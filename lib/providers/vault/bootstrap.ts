/**
 * Makes a team's own place and credential from an admin token: the mount if it is wanted, a policy for the prefix alone,
 * and a token of that policy. The admin token is used for that, goes to the address of these settings alone, and is
 * overwritten at the end, whatever happened.
 *
 * Nothing that is there is changed. Each thing is told as soon as it exists, with the command that removes it.
 */
import { setTimeout as pause } from "node:timers/promises"
import { z } from "zod"
import { Secret } from "../../secret.ts"
import {
  type Bootstrap,
  type BootstrapOptions,
  type BootstrapPlan,
  type Made,
  ProviderError,
  type Settings,
} from "../provider.ts"
import { fieldOf, issuedIn } from "./auth/sign-in.ts"
import { openClient, type VaultAnswer, type VaultCall, type VaultClient } from "./client.ts"
import { type Asked, fromConnection, isStillUpgrading, refusal, shaped } from "./errors.ts"
import { policyFor, policyNameOf } from "./policy.ts"
import { type VaultSettings, vaultSettings } from "./settings.ts"

export const bootstrap: Bootstrap = { plan, run }

/** As long as most servers allow. Each renewal begins it anew; a token that got lost ends after it. */
const period = "768h"

/** Everything that will be there, known before anything is sent. */
interface Intent {
  /** The settings that the provider will have. */
  settings: VaultSettings & { kvVersion: 1 | 2 }
  team: string
  policyName: string
  policy: string
  makesMount: boolean
}

function plan(settings: Settings, options: BootstrapOptions): BootstrapPlan {
  const { settings: wanted, policyName, policy, makesMount } = intentOf(settings, options)
  const { mount, prefix, kvVersion } = wanted
  const orMake = makesMount ? `, and make it as KV version ${kvVersion} if it isn't` : ""
  return {
    steps: [
      `Look whether the mount "${mount}" is there${orMake}.`,
      `Write the policy "${policyName}" for what is below "${mount}/${prefix}", unless it is there just so.`,
      "Make a token that has this policy alone: an orphan that ends after 32 days unless Strongroom renews it.",
      "See that the new token works, and forget the admin token.",
    ],
    policy,
    settings: wanted,
  }
}

/** Without a prefix, the team gets one of its name: a policy for a whole mount is no policy for a team. */
function intentOf(stored: Settings, { team, makePlace }: BootstrapOptions): Intent {
  const given = vaultSettings(stored)
  const policyName = policyNameOf(team).toLowerCase() // as the server would write it
  const prefix = given.prefix === "" ? team : given.prefix
  const kvVersion = given.kvVersion === 1 ? 1 : 2
  const settings = { ...given, prefix, kvVersion, authMethod: "token", authMount: "", role: "", roleId: "" } as const
  return {
    settings,
    team,
    policyName,
    policy: policyFor({ mount: given.mount, prefix, kvVersion, hasPatch: true }),
    makesMount: makePlace,
  }
}

/** One run: with whose token, and where it tells what exists. */
interface Run {
  intent: Intent
  client: VaultClient
  admin: Secret
  tell: (made: Made) => void
}

async function run(
  settings: Settings,
  options: BootstrapOptions,
  admin: Secret,
  host: Parameters<Bootstrap["run"]>[3],
  tell: (made: Made) => void,
): ReturnType<Bootstrap["run"]> {
  const intent = intentOf(settings, options)
  const client = openClient(intent.settings, host)
  const told: Made[] = []
  const telling = (made: Made): void => {
    told.push(made)
    tell(made)
  }
  let copy: Secret | undefined
  try {
    copy = Secret.fromText(fieldOf({ admin }, "admin"))
    return await make({ intent, client, admin: copy, tell: telling })
  } catch (error) {
    throw told.length > 0 && error instanceof ProviderError ? withWhatToDo(error) : error
  } finally {
    copy?.wipe()
    admin.wipe()
    client.close()
  }
}

async function make(run: Run): ReturnType<Bootstrap["run"]> {
  await checkAdmin(run)
  await makeMount(run)
  await makePolicy(run)
  const token = await makeToken(run)
  await verify(run, token).catch((error: unknown) => {
    token.wipe()
    throw error
  })
  return { settings: run.intent.settings, credential: { token } }
}

function withWhatToDo({ class: errorClass, message, retryAfterSeconds }: ProviderError): ProviderError {
  const next = "What was made until then is listed. Run it again to go on: what is there just so stays as it is."
  return new ProviderError(errorClass, `${message} ${next}`, retryAfterSeconds)
}

/** Before anything is made: a token that isn't good would be refused in the middle of it. */
async function checkAdmin(run: Run): Promise<void> {
  const answer = await ask(run, { method: "GET", path: ["auth", "token", "lookup-self"] }, [403])
  if (answer.status !== 403) return
  throw new ProviderError(
    "unauthenticated",
    "Vault doesn't take the admin token: it is mistyped, ended, revoked, of another namespace, or may not look itself up.",
  )
}

// --- the mount

const mountBody = z.object({ data: z.object({ type: z.string(), options: mountOptions(), path: z.string() }) })
const engineBody = z.object({ data: z.object({ type: z.string(), options: mountOptions() }) })

interface FoundMount {
  /** With a slash at its end. */
  path: string
  type: string
  options?: Readonly<Record<string, string>> | null | undefined
}

async function makeMount(run: Run): Promise<void> {
  const { mount, kvVersion } = run.intent.settings
  const segments = mount.split("/")
  const found = await findMount(run, segments)
  if (found === undefined) await makeNewMount(run, segments)
  else checkMount(run.intent, found)
  const isNew = found === undefined
  const undo = isNew ? commandOf(run.intent, "secrets disable", mount) : null
  run.tell({ kind: "mount", name: `${mount} (KV version ${kvVersion})`, isNew, undo })
  if (kvVersion === 2) await untilUpgraded(run, segments)
}

/** Undefined when there is none as far as the admin token sees. */
async function findMount(run: Run, segments: string[]): Promise<FoundMount | undefined> {
  const path = ["sys", "internal", "ui", "mounts", ...segments]
  const answer = await ask(run, { method: "GET", path }, [403])
  if (answer.status !== 403) return shaped(mountBody, answer, false).data
  // It may be there, and nothing in it be this token's. Of a deeper name, the server would answer the mount around it.
  if (segments.length > 1) return undefined
  const engine = await ask(run, { method: "GET", path: ["sys", "mounts", ...segments] }, [400, 403, 404])
  if (engine.status !== 200) return undefined
  return { ...shaped(engineBody, engine, false).data, path: `${segments.join("/")}/` }
}

function mountOptions(): z.ZodType<Record<string, string> | null | undefined> {
  return z.record(z.string(), z.string()).nullish()
}

function checkMount({ settings: { mount, kvVersion } }: Intent, found: FoundMount): void {
  if (found.path !== `${mount}/`) {
    throw new ProviderError("conflict", `"${mount}" lies inside of another mount. Choose another name, or that mount.`)
  }
  if (found.type !== "kv") {
    throw new ProviderError("conflict", `"${mount}" is a mount of another engine. Choose another name for the mount.`)
  }
  const version = found.options?.version === "2" ? 2 : 1
  if (version === kvVersion) return
  throw new ProviderError(
    "conflict",
    `"${mount}" is a KV engine of version ${version}, and the policy would be for version ${kvVersion}. Choose version ${version}, and read the policy again.`,
  )
}

async function makeNewMount(run: Run, segments: string[]): Promise<void> {
  const { settings, makesMount } = run.intent
  const { mount, kvVersion } = settings
  if (!makesMount) {
    const message = `Vault has no mount "${mount}", or the admin token may reach nothing in it. Let it be made, or name another.`
    throw new ProviderError("not_found", message)
  }
  const body = { type: "kv", description: "Secrets of Strongroom", options: { version: String(kvVersion) } }
  const answer = await ask(run, { method: "POST", path: ["sys", "mounts", ...segments], body }, [400])
  if (answer.status !== 400) return
  throw new ProviderError(
    "conflict",
    `Vault can't make the mount "${mount}": its place is taken by one that the admin token doesn't see into. Name another.`,
  )
}

const upgradeMs = 15_000

/** A new engine of version 2 refuses everything for some seconds. */
async function untilUpgraded(run: Run, segments: string[]): Promise<void> {
  const end = performance.now() + upgradeMs
  for (;;) {
    const answer = await ask(run, { method: "GET", path: [...segments, "config"] }, [400, 403])
    if (!isStillUpgrading(answer)) return
    if (performance.now() > end) throw refusal(answer, { method: "GET", path: segments, changes: false })
    await pause(200)
  }
}

// --- the policy

const policyBody = z.object({ data: z.object({ policy: z.string() }) })

async function makePolicy(run: Run): Promise<void> {
  const { policyName, policy } = run.intent
  const path = ["sys", "policies", "acl", policyName]
  const found = await ask(run, { method: "GET", path }, [404])
  if (found.status === 404) await writePolicy(run, path)
  else if (shaped(policyBody, found, false).data.policy !== policy) throw anotherPolicy(run.intent)
  const isNew = found.status === 404
  // One that was there is somebody else's to remove: another provider's token may live by it.
  const undo = isNew ? commandOf(run.intent, "policy delete", policyName) : null
  run.tell({ kind: "policy", name: policyName, isNew, undo })
}

/** OpenBao makes it only if there is none by now. Vault doesn't know `cas` and passes over it. */
async function writePolicy(run: Run, path: string[]): Promise<void> {
  const body = { policy: run.intent.policy, cas: -1 }
  const answer = await ask(run, { method: "PUT", path, body }, [400])
  if (answer.status !== 400) return
  const now = await ask(run, { method: "GET", path }, [404])
  if (now.status === 404) throw refusal(answer, { method: "PUT", path, changes: true })
  if (shaped(policyBody, now, false).data.policy !== run.intent.policy) throw anotherPolicy(run.intent)
}

function anotherPolicy({ policyName }: Intent): ProviderError {
  return new ProviderError(
    "conflict",
    `Vault has a policy "${policyName}" already, and it says something else. It was left as it is. Look at it with \`bao policy read ${policyName}\`; delete it if nobody uses it, or register with a credential of your own.`,
  )
}

// --- the token

async function makeToken(run: Run): Promise<Secret> {
  const { team, policyName } = run.intent
  const body = {
    policies: [policyName],
    no_default_policy: true,
    period,
    renewable: true,
    type: "service",
    display_name: `strongroom-${team}`,
    meta: { "made-for": "strongroom", team },
  }
  const path = ["auth", "token", "create-orphan"]
  const answer = await ask(run, { method: "POST", path, body }, [400]).catch((error: unknown) => {
    throw isUnknown(error) ? lostToken() : error
  })
  if (answer.status === 400) {
    throw new ProviderError(
      "permission_denied",
      'The admin token may only hand on policies of its own. It needs "sudo" and "update" on auth/token/create-orphan.',
    )
  }
  const { token, accessor } = issuedIn(answer)
  // It goes into a command that somebody pastes into a shell.
  const isPlain = accessor !== null && /^[A-Za-z0-9._-]{1,200}$/.test(accessor)
  const undo = isPlain ? commandOf(run.intent, "token revoke", `-accessor ${accessor}`) : null
  const name = `strongroom-${team}${isPlain ? `, accessor ${accessor}` : ""}`
  run.tell({ kind: "token", name, isNew: true, undo })
  return token
}

function isUnknown(error: unknown): boolean {
  return error instanceof ProviderError && error.class === "outcome_unknown"
}

function lostToken(): ProviderError {
  return new ProviderError(
    "outcome_unknown",
    "Vault didn't say whether it made the token. If it did, nobody has it, and it ends by itself within 32 days.",
  )
}

const tokenBody = z.object({
  data: z.object({
    policies: z.array(z.string()),
    orphan: z.boolean(),
    renewable: z.boolean(),
    period: z.number().positive(),
  }),
})

/** Asked with the new token itself: that it works, and that it is no more than was wanted. */
async function verify(run: Run, token: Secret): Promise<void> {
  const path = ["auth", "token", "lookup-self"]
  const answer = await ask({ ...run, admin: token }, { method: "GET", path }, [])
  const { policies, orphan, renewable } = shaped(tokenBody, answer, false).data
  if (orphan && renewable && policies.length === 1 && policies[0] === run.intent.policyName) return
  throw new ProviderError(
    "misconfigured",
    `Vault made a token that isn't as it was asked for: an orphan with the policy "${run.intent.policyName}" alone. Revoke it, and see whether something at the server changes what is asked.`,
  )
}

// --- asking

/** An answer with a good status, or one of `accept`. */
async function ask(
  { client, admin }: Pick<Run, "client" | "admin">,
  call: Omit<VaultCall, "token">,
  accept: readonly number[],
): Promise<VaultAnswer> {
  const { method, path } = call
  const asked: Asked = { method, path, changes: method !== "GET" }
  const answer = await client.call({ ...call, token: admin }).catch((error: unknown) => {
    throw fromConnection(error, asked)
  })
  if (answer.status < 300 || accept.includes(answer.status)) return answer
  throw refusal(answer, asked)
}

/** What a person types to undo it. Everything in it is of our alphabets, or the server's accessor. */
function commandOf({ settings: { namespace } }: Intent, command: string, what: string): string {
  return ["bao", command, ...(namespace === "" ? [] : [`-namespace=${namespace}`]), what].join(" ")
}
