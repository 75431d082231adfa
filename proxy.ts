import { type NextRequest, NextResponse } from "next/server"

/** True under `next dev`; next.config.ts defines it. */
declare const STRONGROOM_DEVELOPMENT: boolean

/**
 * Gives each page a Content-Security-Policy with a nonce of its own. Next finds the nonce in the request's policy and
 * puts it on its scripts; the root layout reads `x-nonce` for ours. Static pages would have none, so there are none.
 * Pages don't know their own address, so it comes in `x-address`: who has to sign in first comes back to it.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64")
  const policy = (STRONGROOM_DEVELOPMENT ? developmentPolicy(nonce) : strictPolicy(nonce)).join("; ")
  const headers = new Headers(request.headers)
  headers.set("x-nonce", nonce)
  headers.set("x-address", request.nextUrl.pathname + request.nextUrl.search)
  headers.set("content-security-policy", policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set("content-security-policy", policy)
  return response
}

/**
 * Scripts run by nonce alone, and no string becomes a script but by the policies named here. `default` is ours: the
 * root layout makes it, and it lets Next's own chunks through. Attributes `style=""` stay allowed, since components
 * place their popups by them.
 */
function strictPolicy(nonce: string): string[] {
  return [
    ...everywhere,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "require-trusted-types-for 'script'",
    "trusted-types nextjs nextjs#bundler react default 'allow-duplicates'",
  ]
}

/** Hot reload evaluates strings and injects styles. */
function developmentPolicy(nonce: string): string[] {
  return [
    ...everywhere,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'unsafe-eval'`,
    "style-src 'self' 'unsafe-inline'",
  ]
}

const everywhere = [
  "default-src 'none'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
]

export const config = { matcher: ["/((?!api/|_next/static/|icon\\.svg$|favicon\\.ico$).*)"] }
