/** For Node alone: Strongroom's API over `node:http`, which can also speak over a unix socket. */
export { type ConnectOptions, type Credential, connect } from "./connect.ts"
export type { Place } from "./send.ts"
