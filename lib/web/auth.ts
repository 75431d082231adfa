import "server-only"
import { cookies, headers } from "next/headers"
import { NextRequest } from "next/server"
import NextAuth from "next-auth"
import { authConfig } from "./auth-config.ts"
import { connectFor } from "./connection.ts"
import { invitationCookie } from "./invitation-cookie.ts"
import { consoleSettings } from "./settings.ts"

const nextAuth = NextAuth(async () => {
  const settings = consoleSettings()
  const origin = await headers()
  return authConfig(settings, {
    api: (credential) => connectFor(origin, credential, settings),
    invitation: (await cookies()).get(invitationCookie)?.value,
  })
})

export const { signIn, signOut } = nextAuth

/** What next-auth answers at /api/auth: an identity provider sends people back there. */
export async function GET(request: NextRequest): Promise<Response> {
  return nextAuth.handlers.GET(atPublicUrl(request))
}

export async function POST(request: NextRequest): Promise<Response> {
  return nextAuth.handlers.POST(atPublicUrl(request))
}

/** Next sees its own socket's address; what next-auth redirects to must be the public one. */
function atPublicUrl(request: NextRequest): NextRequest {
  const { pathname, search } = request.nextUrl
  return new NextRequest(new URL(`${pathname}${search}`, consoleSettings().publicUrl), request)
}
