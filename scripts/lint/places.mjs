/** The few things that have a place of their own in the house, and where that is. Tests are free to use them. */

/** `expose` opens a Secret. DESIGN's table "Where a value may be" names who may. */
export const mayExpose = ["lib/crypto/", "lib/providers/", "lib/core/disclose.ts"]

/** Who may read `process.env`, besides config files at the top of the repository. */
export const mayReadEnvironment = ["lib/env.ts", "clients/cli/environment.ts", "scripts/"]

/** Ciphers: all encryption of ours is in one room. */
export const mayEncrypt = ["lib/crypto/"]
export const cipherNames = [
  "createCipheriv",
  "createDecipheriv",
  "publicEncrypt",
  "privateDecrypt",
  "webcrypto",
  "subtle",
]

/** Modules of Node's that start programs or look into ours, and who may import each. */
export const powerfulModules = {
  "node:child_process": ["lib/process/", "clients/cli/", "scripts/"],
  "node:worker_threads": ["lib/core/", "lib/crypto/", "lib/process/", "scripts/"],
  "node:cluster": [],
  "node:vm": [],
  "node:inspector": [],
  "node:inspector/promises": [],
  "node:repl": [],
  // Heap snapshots hold what a Secret hides.
  "node:v8": [],
}

/**
 * Who may open a connection. Elsewhere an address that a tenant typed would get around lib/net's checks: core asks
 * lib/net, and a provider is given its `fetch`.
 */
export const mayConnect = [
  "lib/net/",
  "lib/api/",
  "lib/front/",
  "lib/process/",
  "lib/web/",
  "clients/",
  "components/query/",
  // The identity providers that the operator configured, which may well be on the inside.
  "lib/core/identity/identity-providers.ts",
  "scripts/",
]
export const connectingModules = [
  "node:http",
  "node:https",
  "node:http2",
  "node:net",
  "node:tls",
  "node:dgram",
  "node:dns",
]
export const connectingGlobals = ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]
/** What these modules have that opens nothing. */
export const connectsNothing = ["isIP", "isIPv4", "isIPv6", "BlockList", "SocketAddress"]

/** Who may load modules whose names lint can't read: the scripts, and the search for this platform's Postgres. */
export const mayLoadAnything = ["scripts/", "lib/process/postgres-program.ts"]
