/** Where somebody signs in who then goes on to `next`. */
export function signInAddress(next?: string): string {
  const path = ownPath(next)
  return path === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: path }).toString()}`
}

/**
 * A path of this console, for going on after a sign-in: what leads anywhere else (`//evil.example`, `/\evil.example`,
 * `https:…`) becomes `/`. Whoever makes a link to sign in must not choose another site.
 */
export function ownPath(next: string | null | undefined): string {
  const anywhere = "http://console.invalid"
  if (!next?.startsWith("/")) return "/"
  const url = URL.parse(next, anywhere)
  return url?.origin === anywhere ? `${url.pathname}${url.search}` : "/"
}
