/** What a value looks like, from its form alone. It never leaves the browser; the words hold nothing of the value. */
export function guessKind(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === "") return undefined
  return guesses.map((guess) => guess(trimmed)).find((words) => words !== undefined)
}

const guesses: readonly ((text: string) => string | undefined)[] = [
  pem,
  json,
  (text) => (/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(text) ? "looks like a JWT" : undefined),
  url,
  (text) => (/^ssh-(?:ed25519|rsa|ecdsa\S*) AAAA/.test(text) ? "looks like an SSH public key" : undefined),
  (text) => (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? "looks like a UUID" : undefined),
  (text) => (text.length >= 16 && text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text) ? "looks like hex" : undefined),
  base64,
  (text) => {
    const lines = text.split("\n").length
    return lines > 1 ? `text of ${lines} lines` : undefined
  },
]

function pem(text: string): string | undefined {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1]
  if (label === undefined) return undefined
  const count = text.split(/-----BEGIN /).length - 1
  if (count > 1) return `looks like PEM, ${count} blocks`
  return text.includes(`-----END ${label}-----`) ? `looks like PEM, ${label.toLowerCase()}` : "looks like PEM, cut off"
}

function json(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed)) return `JSON, ${counted(parsed.length, "item")}`
    return `JSON, ${counted(Object.keys(parsed ?? {}).length, "key")}`
  } catch {
    // Not valid, or not yet.
    return undefined
  }
}

function url(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).password === "" ? "looks like a URL" : "looks like a URL with a password in it"
}

function base64(text: string): string | undefined {
  const joined = text.replaceAll(/\s/g, "")
  const isLong = joined.length >= 24 && /[0-9]/.test(joined) && /[A-Z]/.test(joined) && /[a-z]/.test(joined)
  if (!isLong) return undefined
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(joined)) return "could be base64"
  return /[-_]/.test(joined) && /^[\w-]+$/.test(joined) ? "could be base64url" : undefined
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}
