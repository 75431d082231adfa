/**
 * A backend that isn't one: a registered provider over the memory store, for tests of what core does with any of them.
 * What it answers is set by the test.
 */
import { z } from "zod"
import { memory } from "../providers/memory/memory.ts"
import {
  type BackendSession,
  type BuiltInHost,
  type CheckLine,
  type CheckResult,
  ProviderError,
  type RemoteHost,
  type RemoteProvider,
  type SecretStore,
  type Settings,
} from "../providers/provider.ts"
import { expose, Secret } from "../secret.ts"

export interface ScriptedBackend {
  kind: RemoteProvider
  /** What the next checks find; merged into a check that passed. */
  finds: Partial<CheckResult>
  /** Further lines of the next checks. */
  lines: CheckLine[]
  /** The credential that is right. */
  password: string
  /** What was opened, newest last. */
  opened: { settings: Settings; host: RemoteHost }[]
  /** What every opened store keeps, as one server does. */
  store: SecretStore
  /** What a credential was, wherever one came by, as text. */
  seen: string[]
  /** The thing at which bootstrapping fails. */
  failsAt: string | undefined
}

const settings = z
  .strictObject({
    address: z.url({ protocol: /^https?$/, error: "Enter an address, such as https://backend.example.com." }),
    folder: z.string().default(""),
    way: z.enum(["password", "ticket"]).default("password"),
    /** As whom to sign in: no part of where values go. */
    role: z.string().default(""),
    found: z.string().nullable().default(null),
  })
  .transform((typed): Settings => typed)

export function aRemoteProvider(kind = "vault"): ScriptedBackend {
  // The memory store needs nothing of its host.
  const store = memory.open({} as BuiltInHost)
  const backend: Omit<ScriptedBackend, "kind"> = {
    finds: {},
    lines: [],
    password: "correct",
    opened: [],
    store,
    seen: [],
    failsAt: undefined,
  }
  const scripted = backend as ScriptedBackend
  scripted.kind = {
    kind,
    settings,
    credentialFieldsOf: ({ way }) => [String(way)],
    endpointOf: ({ address }) => new URL(String(address)).origin,
    targetOf: ({ address, folder }) => `${String(address)} ${String(folder)}`.trim(),
    capabilitiesOf: () => ({ ...memory.capabilities, versions: "emulated", trash: "none" }),
    listCommandOf: ({ folder }) => `backend list ${String(folder)}`,
    open: (opened, host) => {
      scripted.opened.push({ settings: opened, host })
      return { ...store, close: async () => undefined, identity: async () => scripted.finds.clusterId ?? "cluster-1" }
    },
    check: async (checked, host, tell) => {
      const [given] = Object.values(host.credential)
      const text = given === undefined ? "" : Buffer.from(expose(given)).toString()
      scripted.seen.push(text)
      const isRight = text === scripted.password
      tell({ id: "reachable", state: "passed", text: "It answers.", mend: null, paste: null })
      for (const line of scripted.lines) tell(line)
      tell({
        id: "signed_in",
        state: isRight ? "passed" : "failed",
        text: isRight ? "Signed in." : "It doesn't accept the credential.",
        mend: isRight ? null : "Enter another one.",
        paste: null,
      })
      return {
        status: isRight ? "up" : "unauthenticated",
        passed: isRight,
        canWrite: isRight,
        settings: { ...checked, found: "engine 2" },
        clusterId: "cluster-1",
        serverVersion: "1.0",
        latencyMs: 1,
        clockSkewMs: 0,
        signedInAs: isRight ? "strongroom" : null,
        expiresAt: null,
        canBeRenewed: true,
        needsConsent: [],
        ...scripted.finds,
      }
    },
    bootstrap: {
      plan: (wanted, { team }) => ({
        steps: [`a policy for ${team}`, "a token"],
        policy: `policy of ${team}`,
        settings: { ...wanted, way: "password" },
      }),
      run: async (wanted, { team }, _admin, _host, tell) => {
        for (const name of [`policy-${team}`, "token"]) {
          if (scripted.failsAt === name) throw new ProviderError("permission_denied", `Making ${name} was refused.`)
          tell({ kind: "thing", name, isNew: true, undo: `backend remove ${name}` })
        }
        return { settings: wanted, credential: { password: Secret.fromText(scripted.password) } }
      },
    },
  }
  return scripted
}

/** A session as a backend would give one. */
export function aSession(text: string, minutes = 60): BackendSession {
  return {
    token: Secret.fromText(text),
    accessor: `accessor of ${text}`,
    expiresAt: new Date(Date.now() + minutes * 60_000),
    renewAt: null,
    canBeRenewed: true,
  }
}
