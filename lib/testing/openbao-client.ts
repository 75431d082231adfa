/**
 * A client of Vault and OpenBao for tests, on plain fetch. It shares no code with the product, so that what the product
 * says is there can be held against what is there. It throws for whatever its caller did not expect.
 */
import { z } from "zod"

export interface OpenBaoClient {
  readonly address: string
  readonly token: string | undefined
  readonly namespace: string | undefined
  /** The same server with another token, or with none. */
  readonly as: (token: string | undefined) => OpenBaoClient
  readonly inNamespace: (namespace: string | undefined) => OpenBaoClient
  /** Asks `/v1/<path>`, encoding nothing: any status is an answer. */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** The same, and throws with the server's words unless the status is 2xx. */
  readonly must: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

  /** Whether there is a server that speaks HTTP at the address, in whatever state. */
  readonly answers: () => Promise<boolean>
  readonly health: () => Promise<Answer>
  readonly initialize: () => Promise<{ rootToken: string; unsealKey: string }>
  readonly seal: () => Promise<void>
  readonly unseal: (key: string) => Promise<void>

  /** Settles when the mount takes writes: a new KV v2 refuses them for a moment. */
  readonly enableKv: (mount: string, version: "1" | "2") => Promise<void>
  readonly disableMount: (mount: string) => Promise<void>
  /** Mounts by their name with a slash at its end, and the kind of each. */
  readonly mounts: () => Promise<Record<string, { type: string; options: Record<string, string> | null }>>
  readonly kvV1: (mount: string) => KvV1
  readonly kvV2: (mount: string) => KvV2

  readonly writePolicy: (name: string, policy: string) => Promise<void>
  /** Undefined when there is none of this name. */
  readonly readPolicy: (name: string) => Promise<string | undefined>
  readonly deletePolicy: (name: string) => Promise<void>
  readonly listPolicies: () => Promise<string[]>
  readonly createToken: (options?: TokenOptions) => Promise<{ token: string; accessor: string }>
  /** What the server knows of a token; undefined once it is expired or revoked. */
  readonly lookUpToken: (token: string) => Promise<z.infer<typeof tokenFacts> | undefined>
  readonly lookUpAccessor: (accessor: string) => Promise<z.infer<typeof tokenFacts> | undefined>
  readonly revokeToken: (token: string) => Promise<void>
  readonly revokeAccessor: (accessor: string) => Promise<void>
  readonly tokenAccessors: () => Promise<string[]>
  readonly capabilities: (...paths: string[]) => Promise<Record<string, string[]>>

  readonly enableAuth: (mount: string, type: "approle" | "jwt" | "kubernetes") => Promise<void>
  readonly disableAuth: (mount: string) => Promise<void>
  /** A role of an AppRole mount, with one secret id. */
  readonly appRole: (mount: string, role: string, options: AppRoleOptions) => Promise<AppRole>
  readonly configureJwt: (mount: string, options: { publicKeyPem: string; issuer: string }) => Promise<void>
  readonly jwtRole: (mount: string, role: string, options: JwtRoleOptions) => Promise<void>
  readonly configureKubernetes: (mount: string, options: KubernetesOptions) => Promise<void>
  readonly kubernetesRole: (mount: string, role: string, options: KubernetesRoleOptions) => Promise<void>
  /** Signs in, and answers the token. */
  readonly signIn: (mount: string, body: Record<string, string>) => Promise<string>

  readonly createNamespace: (name: string) => Promise<void>
  /** The server takes a moment to finish it. */
  readonly deleteNamespace: (name: string) => Promise<void>
  readonly namespaces: () => Promise<string[]>
  /** Lets through `rate` requests per `seconds` to what is below `path`; the others get 429. */
  readonly limitRate: (name: string, limit: { path: string; rate: number; seconds?: number }) => Promise<void>
  readonly removeRateLimit: (name: string) => Promise<void>
}

export interface Answer {
  status: number
  /** Empty when the answer wasn't JSON. */
  body: Record<string, unknown>
  /** `body.data`, or empty. */
  data: Record<string, unknown>
  errors: string[]
  headers: Headers
}

export interface KvV1 {
  readonly put: (path: string, data: Fields) => Promise<void>
  /** Undefined when nothing is there. */
  readonly get: (path: string) => Promise<Fields | undefined>
  readonly delete: (path: string) => Promise<void>
  /** Empty when there is no such folder. Folders end with a slash. */
  readonly list: (path?: string) => Promise<string[]>
}

export interface KvV2 {
  /** Answers the number of the new version. `cas` 0 creates only. */
  readonly put: (path: string, data: Fields, cas?: number) => Promise<number>
  /** Changes the named fields and keeps the others. */
  readonly patch: (path: string, data: Record<string, unknown>) => Promise<number>
  /** Undefined when nothing can be read: there was never anything, or it is deleted or destroyed. */
  readonly get: (path: string, version?: number) => Promise<Fields | undefined>
  readonly list: (path?: string) => Promise<string[]>
  /** Every leaf below the path, with its whole path, in alphabetical order. */
  readonly listAll: (path?: string) => Promise<string[]>
  /** Undefined when the key doesn't exist. */
  readonly metadata: (path: string) => Promise<KvV2Metadata | undefined>
  readonly setMetadata: (path: string, metadata: Record<string, unknown>) => Promise<void>
  /** Without versions, the newest. */
  readonly delete: (path: string, ...versions: number[]) => Promise<void>
  readonly undelete: (path: string, ...versions: number[]) => Promise<void>
  readonly destroy: (path: string, ...versions: number[]) => Promise<void>
  /** Takes away the key with all its versions. */
  readonly purge: (path: string) => Promise<void>
  readonly configure: (config: {
    max_versions?: number
    cas_required?: boolean
    delete_version_after?: string
  }) => Promise<void>
}

export type Fields = Record<string, unknown>
export type KvV2Metadata = z.infer<typeof kvV2Metadata>

export interface TokenOptions {
  policies?: string[]
  ttl?: string
  explicitMaxTtl?: string
  /** Makes it periodic. */
  period?: string
  renewable?: boolean
  /** Without a parent, so that it outlives the token that made it. */
  orphan?: boolean
  noDefaultPolicy?: boolean
  numUses?: number
}

export interface AppRoleOptions {
  policies: string[]
  tokenTtl?: string
  tokenMaxTtl?: string
  tokenNumUses?: number
  secretIdTtl?: string
  secretIdNumUses?: number
}

export interface AppRole {
  roleId: string
  secretId: string
  secretIdAccessor: string
}

export interface JwtRoleOptions {
  policies: string[]
  audience: string
  /** The `sub` that a token must have. */
  subject?: string
  tokenTtl?: string
  tokenMaxTtl?: string
}

export interface KubernetesOptions {
  /** Where TokenReview is asked: a stub's address. */
  host: string
  caPem?: string
  /** Shown to TokenReview by the server. */
  reviewerToken: string
}

export interface KubernetesRoleOptions {
  policies: string[]
  serviceAccount: string
  namespace: string
  audience?: string
  tokenTtl?: string
  tokenMaxTtl?: string
}

const record = z.record(z.string(), z.unknown())
const keys = z.object({ keys: z.array(z.string()) })
const written = z.object({ version: z.number() })
const kvV2Metadata = z.object({
  cas_required: z.boolean(),
  created_time: z.string(),
  current_version: z.number(),
  custom_metadata: z.record(z.string(), z.string()).nullable(),
  delete_version_after: z.string(),
  max_versions: z.number(),
  oldest_version: z.number(),
  updated_time: z.string(),
  versions: z.record(
    z.string(),
    z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
  ),
})
const tokenFacts = z.object({
  accessor: z.string(),
  policies: z.array(z.string()),
  ttl: z.number(),
  period: z.number().optional(),
  renewable: z.boolean().optional(),
  orphan: z.boolean(),
  expire_time: z.string().nullable(),
  display_name: z.string(),
  path: z.string(),
  num_uses: z.number(),
  meta: z.record(z.string(), z.string()).nullable(),
})
const issued = z.object({ client_token: z.string(), accessor: z.string() })

export function openBaoClient(place: { address: string; token?: string; namespace?: string }): OpenBaoClient {
  const { address, token, namespace } = place
  const ask: OpenBaoClient["ask"] = (method, path, body, headers) => send(place, method, path, body, headers)
  const must: OpenBaoClient["must"] = async (method, path, body, headers) =>
    good(await ask(method, path, body, headers), `${method} /v1/${path}`)
  const tell = async (method: string, path: string, body?: unknown): Promise<void> =>
    void (await must(method, path, body))
  /** Undefined for 404, where that means that there is no such thing. */
  const find = async (method: string, path: string): Promise<Answer | undefined> => {
    const answer = await ask(method, path)
    return answer.status === 404 ? undefined : good(answer, `${method} /v1/${path}`)
  }
  const list = async (path: string): Promise<string[]> => {
    // The verb LIST isn't one that Node's server knows, so it wouldn't get through a fault layer.
    const found = await find("GET", `${path}?list=true`)
    return found === undefined ? [] : keys.parse(found.data).keys
  }
  const factsOf = async (path: string, body: unknown): Promise<z.infer<typeof tokenFacts> | undefined> => {
    const { status, data } = await ask("POST", path, body)
    return status === 200 ? tokenFacts.parse(data) : undefined
  }
  const client: OpenBaoClient = {
    address,
    token,
    namespace,
    as: (other) => openBaoClient({ address, ...defined({ token: other, namespace }) }),
    inNamespace: (other) => openBaoClient({ address, ...defined({ token, namespace: other }) }),
    ask,
    must,

    answers: () =>
      ask("GET", "sys/seal-status").then(
        () => true,
        () => false,
      ),
    // In a namespace it isn't there.
    health: () => send({ address }, "GET", "sys/health"),
    initialize: async () => {
      const { body } = await must("PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 })
      const { root_token, keys_base64 } = z
        .object({ root_token: z.string(), keys_base64: z.tuple([z.string()]) })
        .parse(body)
      return { rootToken: root_token, unsealKey: keys_base64[0] }
    },
    seal: () => tell("PUT", "sys/seal"),
    unseal: (key) => tell("PUT", "sys/unseal", { key }),

    enableKv: async (mount, version) => {
      await tell("POST", `sys/mounts/${mount}`, { type: "kv", options: { version } })
      const deadline = performance.now() + 10_000
      while (version === "2" && (await ask("GET", `${mount}/metadata/?list=true`)).status === 400) {
        if (performance.now() > deadline) throw new Error(`The mount ${mount} doesn't finish becoming KV v2.`)
      }
    },
    disableMount: (mount) => tell("DELETE", `sys/mounts/${mount}`),
    mounts: async () => {
      const mount = z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullable() })
      return z.record(z.string(), mount).parse((await must("GET", "sys/mounts")).data)
    },
    kvV1: (mount) => ({
      put: (path, data) => tell("POST", `${mount}/${encoded(path)}`, data),
      get: async (path) => (await find("GET", `${mount}/${encoded(path)}`))?.data,
      delete: (path) => tell("DELETE", `${mount}/${encoded(path)}`),
      list: (path = "") => list(`${mount}/${folder(path)}`),
    }),
    kvV2: (mount) => kvV2(mount, { must, find, tell, list }),

    writePolicy: (name, policy) => tell("PUT", `sys/policies/acl/${name}`, { policy }),
    readPolicy: async (name) => {
      const found = await find("GET", `sys/policies/acl/${name}`)
      return found === undefined ? undefined : z.object({ policy: z.string() }).parse(found.data).policy
    },
    deletePolicy: (name) => tell("DELETE", `sys/policies/acl/${name}`),
    listPolicies: () => list("sys/policies/acl"),
    createToken: async (options = {}) => {
      const { body } = await must("POST", options.orphan === true ? "auth/token/create-orphan" : "auth/token/create", {
        policies: options.policies,
        ttl: options.ttl,
        explicit_max_ttl: options.explicitMaxTtl,
        period: options.period,
        renewable: options.renewable,
        no_default_policy: options.noDefaultPolicy,
        num_uses: options.numUses,
      })
      const { client_token, accessor } = issued.parse(body.auth)
      return { token: client_token, accessor }
    },
    lookUpToken: (looked) => factsOf("auth/token/lookup", { token: looked }),
    lookUpAccessor: (accessor) => factsOf("auth/token/lookup-accessor", { accessor }),
    revokeToken: (revoked) => tell("POST", "auth/token/revoke", { token: revoked }),
    revokeAccessor: (accessor) => tell("POST", "auth/token/revoke-accessor", { accessor }),
    tokenAccessors: () => list("auth/token/accessors"),
    capabilities: async (...paths) => {
      const { data } = await must("POST", "sys/capabilities-self", { paths })
      const { capabilities: _, ...byPath } = z.record(z.string(), z.array(z.string())).parse(data)
      return byPath
    },

    enableAuth: (mount, type) => tell("POST", `sys/auth/${mount}`, { type }),
    disableAuth: (mount) => tell("DELETE", `sys/auth/${mount}`),
    appRole: async (mount, role, options) => {
      const path = `auth/${mount}/role/${role}`
      await tell("POST", path, {
        token_policies: options.policies,
        ...lifetimes(options),
        token_num_uses: options.tokenNumUses,
        secret_id_ttl: options.secretIdTtl,
        secret_id_num_uses: options.secretIdNumUses,
      })
      const { role_id } = z.object({ role_id: z.string() }).parse((await must("GET", `${path}/role-id`)).data)
      const secretId = z.object({ secret_id: z.string(), secret_id_accessor: z.string() })
      const { secret_id, secret_id_accessor } = secretId.parse((await must("POST", `${path}/secret-id`)).data)
      return { roleId: role_id, secretId: secret_id, secretIdAccessor: secret_id_accessor }
    },
    configureJwt: (mount, { publicKeyPem, issuer }) =>
      tell("POST", `auth/${mount}/config`, { jwt_validation_pubkeys: [publicKeyPem], bound_issuer: issuer }),
    jwtRole: (mount, role, options) =>
      tell("POST", `auth/${mount}/role/${role}`, {
        role_type: "jwt",
        user_claim: "sub",
        bound_audiences: [options.audience],
        bound_subject: options.subject,
        token_policies: options.policies,
        ...lifetimes(options),
      }),
    configureKubernetes: (mount, { host, caPem, reviewerToken }) =>
      tell("POST", `auth/${mount}/config`, {
        kubernetes_host: host,
        kubernetes_ca_cert: caPem,
        token_reviewer_jwt: reviewerToken,
        disable_local_ca_jwt: true,
      }),
    kubernetesRole: (mount, role, options) =>
      tell("POST", `auth/${mount}/role/${role}`, {
        bound_service_account_names: [options.serviceAccount],
        bound_service_account_namespaces: [options.namespace],
        audience: options.audience,
        token_policies: options.policies,
        ...lifetimes(options),
      }),
    signIn: async (mount, fields) => {
      const { body } = await must("POST", `auth/${mount}/login`, fields)
      return issued.parse(body.auth).client_token
    },

    createNamespace: (name) => tell("POST", `sys/namespaces/${name}`, {}),
    deleteNamespace: (name) => tell("DELETE", `sys/namespaces/${name}`),
    namespaces: () => list("sys/namespaces"),
    limitRate: (name, { path, rate, seconds = 1 }) =>
      tell("POST", `sys/quotas/rate-limit/${name}`, { path, rate, interval: `${seconds}s` }),
    removeRateLimit: (name) => tell("DELETE", `sys/quotas/rate-limit/${name}`),
  }
  return client
}

interface Speaker {
  must: OpenBaoClient["must"]
  find: (method: string, path: string) => Promise<Answer | undefined>
  tell: (method: string, path: string, body?: unknown) => Promise<void>
  list: (path: string) => Promise<string[]>
}

function kvV2(mount: string, { must, find, tell, list }: Speaker): KvV2 {
  const at = (kind: string, path: string): string => `${mount}/${kind}/${encoded(path)}`
  const listAll = async (path = ""): Promise<string[]> => {
    const prefix = path === "" ? "" : `${path.replace(/\/$/, "")}/`
    const found = await list(`${mount}/metadata/${folder(path)}`)
    const below = found.map(async (name) =>
      name.endsWith("/") ? await listAll(`${prefix}${name}`) : [`${prefix}${name}`],
    )
    return (await Promise.all(below)).flat().sort()
  }
  return {
    put: async (path, data, cas) => {
      const { data: answer } = await must("POST", at("data", path), { options: defined({ cas }), data })
      return written.parse(answer).version
    },
    patch: async (path, data) => {
      const type = { "content-type": "application/merge-patch+json" }
      return written.parse((await must("PATCH", at("data", path), { data }, type)).data).version
    },
    get: async (path, version) => {
      const found = await find("GET", `${at("data", path)}?version=${version ?? 0}`)
      return found === undefined ? undefined : z.object({ data: record }).parse(found.data).data
    },
    list: (path = "") => list(`${mount}/metadata/${folder(path)}`),
    listAll,
    metadata: async (path) => {
      const found = await find("GET", at("metadata", path))
      return found === undefined ? undefined : kvV2Metadata.parse(found.data)
    },
    setMetadata: (path, metadata) => tell("POST", at("metadata", path), metadata),
    delete: (path, ...versions) =>
      versions.length === 0 ? tell("DELETE", at("data", path)) : tell("POST", at("delete", path), { versions }),
    undelete: (path, ...versions) => tell("POST", at("undelete", path), { versions }),
    destroy: (path, ...versions) => tell("POST", at("destroy", path), { versions }),
    purge: (path) => tell("DELETE", at("metadata", path)),
    configure: (config) => tell("POST", `${mount}/config`, config),
  }
}

function lifetimes({ tokenTtl, tokenMaxTtl }: { tokenTtl?: string; tokenMaxTtl?: string }): Record<string, unknown> {
  return { token_ttl: tokenTtl, token_max_ttl: tokenMaxTtl }
}

async function send(
  { address, token, namespace }: { address: string; token?: string; namespace?: string },
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const about = defined({ "x-vault-token": token, "x-vault-namespace": namespace })
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    redirect: "manual",
    headers: { "x-vault-request": "true", "content-type": "application/json", ...about, ...headers },
    ...defined({ body: body === undefined ? undefined : JSON.stringify(body) }),
  })
  const content = parsed(await response.text())
  return {
    status: response.status,
    body: content,
    data: record.catch({}).parse(content.data),
    errors: z.array(z.string()).catch([]).parse(content.errors),
    headers: response.headers,
  }
}

function good(answer: Answer, what: string): Answer {
  if (answer.status < 300) return answer
  throw new Error(`${what} was answered ${answer.status}: ${answer.errors.join("; ")}`)
}

function parsed(text: string): Record<string, unknown> {
  try {
    return record.parse(JSON.parse(text))
  } catch {
    return {} // 204, or an answer of something that isn't OpenBao
  }
}

/** Each segment by itself, so that a name can have what a URL gives a meaning. */
function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/")
}

function folder(path: string): string {
  return path === "" ? "" : `${encoded(path.replace(/\/$/, ""))}/`
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined. */
function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields> // as built
}
