/** For tests that only use a server: the run's own OpenBao, and mounts in it that are the test's own. */
import { randomBytes } from "node:crypto"
import { inject } from "vitest"
import { type KvV1, type KvV2, type OpenBaoClient, openBaoClient } from "./openbao-client.ts"
import type { RunningOpenBao } from "./servers.ts"

/**
 * The run's own server in dev mode, started when the first test asks for it. Tests don't seal it, don't change what its
 * root namespace has for all, and take mounts, namespaces, policies and roles under names of their own (`ownName`).
 */
export async function sharedOpenBao(): Promise<RunningOpenBao> {
  const response = await fetch(inject("openBao").askHere, { method: "POST" })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  const { address, rootToken } = JSON.parse(text) as Record<"address" | "rootToken", string> // offer-openbao.ts wrote it
  return { address, plainAddress: address, rootToken, root: openBaoClient({ address, token: rootToken }) }
}

/** A name that nothing else in the run has: `kv-3f9a0c1d2e4b`. */
export function ownName(kind: string): string {
  return `${kind}-${randomBytes(6).toString("hex")}`
}

export interface KvMount<Engine> extends AsyncDisposable {
  readonly server: RunningOpenBao
  /** The name of the mount, without slashes. */
  readonly mount: string
  /** The namespace that it is in, a new one, where one was asked for. */
  readonly namespace: string | undefined
  /** Root, in that namespace. */
  readonly root: OpenBaoClient
  /** What is in the mount, by the test's own client as root. */
  readonly kv: Engine
}

export interface KvMountOptions {
  /** Makes a namespace for this mount. */
  inNamespace?: boolean
}

/** An empty KV v2 mount on the shared server, gone at the end of the block. */
export async function aKvV2Mount(options: KvMountOptions = {}): Promise<KvMount<KvV2>> {
  const { place, root } = await ownMount("2", options)
  return { ...place, root, kv: root.kvV2(place.mount) }
}

/** The same with KV v1. */
export async function aKvV1Mount(options: KvMountOptions = {}): Promise<KvMount<KvV1>> {
  const { place, root } = await ownMount("1", options)
  return { ...place, root, kv: root.kvV1(place.mount) }
}

type MountPlace = Omit<KvMount<unknown>, "kv" | "root">

async function ownMount(
  version: "1" | "2",
  { inNamespace = false }: KvMountOptions,
): Promise<{ place: MountPlace; root: OpenBaoClient }> {
  const server = await sharedOpenBao()
  const namespace = inNamespace ? ownName("ns") : undefined
  if (namespace !== undefined) await server.root.createNamespace(namespace)
  const root = namespace === undefined ? server.root : server.root.inNamespace(namespace)
  const mount = ownName("kv")
  await root.enableKv(mount, version)
  const remove = async (): Promise<void> => {
    await root.disableMount(mount)
    if (namespace !== undefined) await server.root.deleteNamespace(namespace)
  }
  return { place: { server, mount, namespace, [Symbol.asyncDispose]: remove }, root }
}
