/** One request and its answer, on a connection that an agent gives. */
import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from "node:http"
import { request as requestHttps } from "node:https"
import { certificateOf, type ServerCertificate } from "./certificate.ts"
import { codeOf, EgressError } from "./egress-error.ts"
import { isRepeatable } from "./outgoing-head.ts"
import type { Target } from "./target.ts"

/** Of an answer's head, in bytes and lines. */
const maximumHeadBytes = 32 * 1024
const maximumHeaderLines = 200
/** Answers that say "still at it" before the one that counts. */
const maximumInterimAnswers = 20

export interface EgressAnswer {
  status: number
  /** By lower-case name. Several lines of one name are joined with commas. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** With https alone. */
  tls?: ServerCertificate
}

export interface Exchange {
  target: Target
  method: string
  headers: Record<string, string>
  body: Uint8Array | undefined
  maxResponseBytes: number
  /** Aborted with the EgressError to end with. */
  givingUp: AbortSignal
}

/** What a request tells the agent that opens its connection. */
export interface ConnectionOptions extends RequestOptions {
  givingUp: AbortSignal
}

/** A kept connection had ended in the meantime, and the request may be sent again. */
export class StaleConnection extends Error {}

/** @throws EgressError, or StaleConnection */
export function exchange(agent: Agent, what: Exchange): Promise<EgressAnswer> {
  return new Promise((resolve, reject) => {
    const request = begin(agent, what)
    let isSent = false
    const settle = (finish: () => void): void => {
      what.givingUp.removeEventListener("abort", giveUp)
      finish()
    }
    const fail = (error: unknown): void => {
      // Whatever ends here was thrown by us or by Node, as an error.
      settle(() => reject(isSent && error instanceof EgressError ? afterSending(error) : (error as Error)))
      request.destroy()
    }
    const giveUp = (): void => fail(what.givingUp.reason)
    request.once("socket", () => {
      isSent = true
    })
    request.once("response", (response) => {
      receive(response, what).then((answer) => settle(() => resolve(answer)), fail)
    })
    let interimAnswers = 0
    request.on("information", () => {
      interimAnswers += 1
      if (interimAnswers > maximumInterimAnswers) fail(notHttp(what.target, undefined))
    })
    request.once("upgrade", () => fail(notHttp(what.target, undefined)))
    request.on("error", (error) => fail(withoutAnswer(what, request, error)))
    if (what.givingUp.aborted) giveUp()
    else what.givingUp.addEventListener("abort", giveUp)
    request.end(what.body)
  })
}

function begin(agent: Agent, { target, method, headers, givingUp }: Exchange): ClientRequest {
  const options: ConnectionOptions = {
    agent,
    givingUp,
    method,
    headers,
    protocol: target.secure ? "https:" : "http:",
    host: target.host,
    port: target.port,
    path: target.pathAndQuery,
    setHost: false,
    insecureHTTPParser: false,
    maxHeaderSize: maximumHeadBytes,
  }
  const request = target.secure ? requestHttps(options) : requestHttp(options)
  request.maxHeadersCount = 0 // none is dropped without a word; `receive` counts them
  return request
}

async function receive(response: IncomingMessage, what: Exchange): Promise<EgressAnswer> {
  const certificate = certificateOf(response.socket)
  checkHead(response, what)
  const body = await bodyOf(response, what)
  const { statusCode: status = 0 } = response
  return { status, headers: headersOf(response), body, ...(certificate === undefined ? {} : { tls: certificate }) }
}

function checkHead(response: IncomingMessage, { target, maxResponseBytes, method }: Exchange): void {
  const { statusCode: status = 0, headers, rawHeaders } = response
  if (rawHeaders.length > 2 * maximumHeaderLines) throw tooLarge(target, `more than ${maximumHeaderLines} headers`)
  if (status >= 300 && status < 400 && status !== 304) throw redirected(target, status, headers.location)
  const codings = [headers["content-encoding"] ?? "identity", headers["transfer-encoding"] ?? "chunked"]
  if (codings.join().toLowerCase() !== "identity,chunked") throw notHttp(target, undefined)
  if (method !== "HEAD" && Number(headers["content-length"] ?? 0) > maxResponseBytes) {
    throw tooLarge(target, `more than ${maxResponseBytes} bytes`)
  }
}

async function bodyOf(response: IncomingMessage, { target, maxResponseBytes }: Exchange): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of response as AsyncIterable<Uint8Array>) {
      size += part.length
      if (size > maxResponseBytes) throw tooLarge(target, `more than ${maxResponseBytes} bytes`)
      parts.push(part)
    }
  } catch (error) {
    throw error instanceof EgressError ? error : cutShort(target, codeOf(error))
  }
  // What ends with the connection looks the same when it was cut.
  const { "content-length": length, "transfer-encoding": coding } = response.headers
  const saysItsEnd = length !== undefined || coding !== undefined || size === 0
  if (!response.complete || !saysItsEnd) throw cutShort(target, undefined)
  return joined(parts, size)
}

/** In memory of its own: Node would share that of small ones with whatever else is at hand. */
function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function headersOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers = Object.create(null) as Record<string, string> // a header may be called __proto__
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase()
    const value = rawHeaders[at + 1] ?? ""
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

/** The error of a request to which no answer began. */
function withoutAnswer({ target, method }: Exchange, request: ClientRequest, error: unknown): Error {
  if (error instanceof EgressError) return error
  const code = codeOf(error)
  if (code === "HPE_HEADER_OVERFLOW") return tooLarge(target, `a head of more than ${maximumHeadBytes} bytes`)
  if (code?.startsWith("HPE_")) return notHttp(target, code)
  if (request.reusedSocket && isRepeatable(method)) return new StaleConnection()
  return new EgressError("reset", `"${target.authority}" ended the connection without an answer.`, { code })
}

function afterSending(error: EgressError): EgressError {
  const { reason, message, allowEntry, redirect, code } = error
  return new EgressError(reason, message, { allowEntry, code, sent: true, ...(redirect ? { redirect } : {}) })
}

function redirected({ authority }: Target, status: number, location: string | undefined): EgressError {
  const there = location === undefined ? undefined : URL.parse(location, `http://${authority}`)?.host
  const host = there === "" ? undefined : there?.slice(0, 253)
  const where = host === undefined ? "elsewhere" : `to "${host}"`
  const message = `"${authority}" redirects ${where} (${status}), and redirects aren't followed. Use the final address.`
  return new EgressError("redirect", message, { redirect: { status, host } })
}

function tooLarge({ authority }: Target, what: string): EgressError {
  return new EgressError("too_large", `The answer of "${authority}" has ${what}.`)
}

function notHttp({ authority }: Target, code: string | undefined): EgressError {
  return new EgressError("protocol", `What "${authority}" answers isn't plain HTTP/1.1. Is it the right port?`, {
    code,
  })
}

function cutShort({ authority }: Target, code: string | undefined): EgressError {
  return new EgressError("protocol", `The answer of "${authority}" was cut short.`, { code })
}
