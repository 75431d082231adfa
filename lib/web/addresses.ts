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
  // A query that names it twice makes a list of it.
  if (typeof next !== "string" || !next.startsWith("/")) return "/"
  const url = URL.parse(next, anywhere)
  // `/.//evil.example` is a path of ours until its dot is taken out: then it begins with another host.
  const isOurs = url?.origin === anywhere && !url.pathname.startsWith("//")
  return isOurs ? `${url.pathname}${url.search}` : "/"
}
