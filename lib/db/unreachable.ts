/** Whether an error says that Postgres can't serve now, whichever way it was asked: then trying again makes sense. */

/** Postgres's own: connections, resources (no connection, no room), being stopped or started, and its files. */
const statesOfPostgres = /^(?:08...|53...|57P0[1-5]|58...)$/
const codesOfSystem =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
const codesOfPrisma = /^P(?:100[128]|1017|2024|2028|2037)$/
/** What the driver says without a code. */
const words =
  /^(?:Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/
const kindsOfAdapter = /^(?:DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/

/** True when the database was gone, full, starting, or silent for too long. The error itself may be far inside. */
export function isDatabaseUnreachable(error: unknown): boolean {
  const inside: unknown[] = [error]
  for (let at = 0; at < inside.length && at < 30; at++) {
    const one = inside[at]
    if (typeof one !== "object" || one === null) continue
    if (saysSo(one)) return true
    for (const name of ["cause", "meta", "driverAdapterError", "errors"]) inside.push(...[fieldOf(one, name)].flat())
  }
  return false
}

function saysSo(one: object): boolean {
  const is = (name: string, form: RegExp): boolean => {
    const value = fieldOf(one, name)
    return typeof value === "string" && form.test(value)
  }
  return (
    ["code", "originalCode", "errorCode"].some(
      (name) => is(name, statesOfPostgres) || is(name, codesOfSystem) || is(name, codesOfPrisma),
    ) ||
    is("kind", kindsOfAdapter) ||
    is("message", words)
  )
}

function fieldOf(inside: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(inside, name)?.value
}
