export { ApiError } from "./answer.ts"
export { type ConnectOptions, type Credential, connect } from "./connect.ts"
export type { Place } from "./send.ts"
