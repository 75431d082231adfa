/** "password and login.acme.example": an identity provider is named by its host. */
export function signInWords(ways: readonly string[]): string {
  return ways.length === 0 ? "nothing yet" : ways.map(wayWords).join(" and ")
}

export function wayWords(way: string): string {
  return URL.parse(way)?.host ?? way
}

/** "Firefox on Linux": what a browser says of itself, as far as people care. */
export function browserWords(userAgent: string | null): string {
  if (userAgent === null) return "an unknown browser"
  const browser = browsers.find(([mark]) => userAgent.includes(mark))?.[1]
  const system = systems.find(([mark]) => userAgent.includes(mark))?.[1]
  if (browser === undefined) return /^[^ (]{1,40}/.exec(userAgent)?.[0] ?? "an unknown browser"
  return system === undefined ? browser : `${browser} on ${system}`
}

// The order counts: Edge calls itself Chrome too, and Chrome calls itself Safari.
const browsers = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const
const systems = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
] as const
