import { createHash } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { type AppError, type ErrorBody, statusOfCode } from "../errors.ts"

/** Answers a request that was refused or could not be forwarded: a page for a browser, the API's error form else. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: AppError, requestId: string): void {
  const asPage = (request.headers.accept ?? "").includes("text/html")
  const body = asPage ? page(error, requestId) : JSON.stringify(errorBody(error, requestId))
  const headers = [
    "content-type",
    asPage ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
    "content-length",
    String(Buffer.byteLength(body)),
  ]
  if (asPage) headers.push("content-security-policy", pagePolicy)
  // Where a request isn't clear, neither is where the next one on its connection begins.
  if (error.code === "invalid") headers.push("connection", "close")
  if (error.retryAfterSeconds !== undefined) headers.push("retry-after", String(error.retryAfterSeconds))
  response.writeHead(statusOfCode[error.code], headers)
  response.end(request.method === "HEAD" ? undefined : body)
}

export function errorBody(error: AppError, requestId: string): ErrorBody {
  return { error: { code: error.code, message: error.message, requestId } }
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:34rem;margin:20vh auto 0;padding:0 1.5rem}
h1{font-size:1.25rem;margin:0 0 .5rem}
small{opacity:.7}`

const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function page(error: AppError, requestId: string): string {
  const starting = error.code === "unavailable"
  const title = starting ? "Strongroom is starting" : "Strongroom can’t answer this request"
  const again = starting ? '<meta http-equiv="refresh" content="2">' : ""
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}
<title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1><p>${escaped(error.message)}</p><p><small>Request ${escaped(requestId)}</small></p></main></body></html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
