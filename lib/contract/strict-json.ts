import { AppError } from "../errors.ts"

/** How deep objects and lists of a body may be nested. */
const maximumDepth = 16

/** Texts and commas that a body may have: several times what the largest import has, and few enough to be quick. */
const maximumParts = 20_000

/** The fields whose text is a value, in which every character is allowed. */
const valueFields: ReadonlySet<string> = new Set(["value", "password"])

/**
 * Reads a request's body: one JSON object in UTF-8.
 *
 * What JSON.parse would let pass is refused: invalid UTF-8, a name that an object holds twice (two readers could take
 * different ones), `__proto__`, deep nesting, text that isn't Unicode, and NUL outside a value (our database can't
 * keep it). No message quotes the body, for it may hold a value.
 *
 * @throws AppError `invalid`
 */
export function readJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const text = decode(bytes)
  checkStructure(text)
  const body = parse(text)
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw wrong("It must be a JSON object.")
  checkTexts(body, "")
  return body as Record<string, unknown> // a JSON object is nothing else
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw wrong("It isn't valid UTF-8.")
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong("It isn't valid JSON.") // the parser's own message quotes the text, so it isn't kept as a cause
  }
}

/**
 * Looks at brackets and names alone; whether the rest is JSON is JSON.parse's business. `open` holds, for each object
 * or list that is open, its names so far, or undefined for a list.
 */
function checkStructure(text: string): void {
  const open: (Set<string> | undefined)[] = []
  let nameIsNext = false
  let parts = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if ((sign === '"' || sign === ",") && ++parts > maximumParts) throw wrong("It has too many parts.")
    if (sign === '"') {
      const end = endOfText(text, at)
      if (nameIsNext) addName(open.at(-1), text.slice(at, end + 1))
      nameIsNext = false
      at = end
    } else if (sign === "{" || sign === "[") {
      if (open.length === maximumDepth) throw wrong(`It is nested more than ${maximumDepth} deep.`)
      open.push(sign === "{" ? new Set() : undefined)
      nameIsNext = sign === "{"
    } else if (sign === "}" || sign === "]") {
      open.pop()
      nameIsNext = false
    } else if (sign === ",") {
      nameIsNext = open.at(-1) !== undefined
    }
  }
}

/** Where the text that begins at `start` ends: its closing quote, or the last character of all. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === '"') return at
  }
  return text.length
}

function addName(names: Set<string> | undefined, quoted: string): void {
  const name = quoted.includes("\\") ? String(parse(quoted)) : quoted.slice(1, -1)
  if (name === "__proto__") throw wrong("It holds a field called __proto__.")
  if (names?.has(name) === true) throw wrong("It holds a field twice.")
  names?.add(name)
}

function checkTexts(inside: unknown, field: string): void {
  if (typeof inside === "string") checkText(inside, field)
  else if (Array.isArray(inside)) for (const item of inside) checkTexts(item, field)
  else if (typeof inside === "object" && inside !== null) {
    for (const [name, item] of Object.entries(inside)) {
      checkText(name, "")
      checkTexts(item, name)
    }
  }
}

function checkText(text: string, field: string): void {
  if (!text.isWellFormed()) throw wrong("A text in it isn't valid Unicode. Send bytes in base64.")
  if (!valueFields.has(field) && text.includes("\0")) throw wrong("A text in it holds a NUL character.")
}

function wrong(why: string): AppError {
  return new AppError("invalid", `The body of this request can't be used. ${why}`)
}
