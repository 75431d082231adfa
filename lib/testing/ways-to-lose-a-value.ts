/**
 * The ways to lose a value, and what catches each: the compiler, lint, or `Secret` itself at run time.
 * values-cannot-leak.test.ts proves every line, and its opposite: with a plain text in the secret's place the same code
 * compiles, passes lint and leaks.
 *
 * Not here, because nothing in the language can catch it: a dump of the process's memory (lint keeps `node:v8` and
 * `node:inspector` out of the house), and code that was allowed to call `expose` (lint lists who may).
 */

export interface Way {
  way: string
  /** An expression that would lose `secret`. */
  code: string
  /** What the compiler says, if it refuses. */
  compiler?: RegExp
  /** The rule that reports it, if lint does. */
  lint?: string
  /** What becomes of it when it runs all the same, if that is harmless by itself. */
  atRunTime?: "throws" | "shows nothing"
  /** Says why plain text would not leak either when this runs: the run proves less then. */
  plainTextIsSafeToo?: string
  /** Set where compiler or lint refuse the code for plain text too. */
  secretOrNot?: true
}

/** The rule that keeps a Secret where its type is known. */
export const closed = "strongroom/secret-stays-closed"
const cannotBeSent = /CannotBeSent|holdsASecret/

export const ways: Way[] = [
  // Into text
  { way: "a template", code: "`Bearer ${secret}`", lint: closed, atRunTime: "throws" },
  { way: "a tagged template, as of SQL", code: "tag`SELECT ${secret}`", lint: closed, atRunTime: "shows nothing" },
  { way: "concatenation", code: '"" + secret', lint: closed, atRunTime: "throws" },
  { way: "appending", code: '((text: string) => (text += secret))("")', lint: closed, atRunTime: "throws" },
  { way: "String()", code: "String(secret)", lint: closed, atRunTime: "throws" },
  { way: "toString()", code: "secret.toString()", lint: closed, atRunTime: "throws" },
  { way: "toLocaleString()", code: "secret.toLocaleString()", lint: closed, atRunTime: "throws" },
  { way: "valueOf()", code: "secret.valueOf()", lint: closed, atRunTime: "shows nothing" },
  { way: "joining a list", code: "[secret].join()", lint: closed, atRunTime: "throws" },
  { way: "concat()", code: '"".concat(secret)', compiler: /Secret/, atRunTime: "throws" },
  { way: "padding", code: '"".padEnd(999, secret)', compiler: /Secret/, atRunTime: "throws" },
  { way: "replace()", code: '"x".replace("x", secret)', compiler: /overload/, atRunTime: "throws" },
  { way: "a property's name", code: "({ [secret]: 1 })", compiler: /computed property name/, atRunTime: "throws" },
  {
    way: "a lookup by name",
    code: "names[secret]",
    compiler: /index type/,
    atRunTime: "throws",
    plainTextIsSafeToo: "there is none of that name",
  },
  { way: "a symbol", code: "Symbol(secret)", compiler: /Secret/, atRunTime: "throws" },
  { way: "a regular expression", code: "new RegExp(secret)", compiler: /Secret/, atRunTime: "throws" },
  {
    way: "a comparison with a guess",
    code: 'secret == "guess"',
    compiler: /no overlap/,
    atRunTime: "throws",
    plainTextIsSafeToo: "one bit",
  },
  {
    way: "a comparison by order",
    code: 'secret < "m"',
    compiler: /Secret/,
    atRunTime: "throws",
    plainTextIsSafeToo: "one bit",
  },

  // Into a number or a date
  { way: "Number()", code: "Number(secret)", lint: closed, atRunTime: "throws", plainTextIsSafeToo: "it's no number" },
  { way: "unary plus", code: "+secret", lint: closed, atRunTime: "throws", plainTextIsSafeToo: "it's no number" },
  { way: "BigInt()", code: "BigInt(secret)", compiler: /Secret/, atRunTime: "throws" },
  {
    way: "parseInt()",
    code: "parseInt(secret)",
    compiler: /Secret/,
    atRunTime: "throws",
    plainTextIsSafeToo: "it's no number",
  },
  {
    way: "a date",
    code: "new Date(secret)",
    compiler: /overload/,
    atRunTime: "throws",
    plainTextIsSafeToo: "it's no date",
  },

  // Into JSON and copies
  { way: "JSON.stringify", code: "JSON.stringify({ secret })", lint: closed, atRunTime: "shows nothing" },
  { way: "JSON of a list", code: "JSON.stringify([[secret]])", lint: closed, atRunTime: "shows nothing" },
  { way: "an answer by Response.json", code: "Response.json(secret).text()", lint: closed, atRunTime: "shows nothing" },
  { way: "structuredClone", code: "structuredClone(secret)", lint: closed, atRunTime: "shows nothing" },
  { way: "a message to a worker", code: "throughPort(secret)", lint: closed, atRunTime: "shows nothing" },
  { way: "postMessage", code: "globalThis.postMessage(secret)", lint: closed },
  { way: "V8's serializer", code: "v8.serialize(secret).toString()", lint: closed, atRunTime: "shows nothing" },
  { way: "spreading", code: "({ ...secret })", lint: closed, atRunTime: "shows nothing" },
  { way: "Object.assign", code: "Object.assign({}, secret)", atRunTime: "shows nothing" },
  {
    way: "Object.entries",
    code: "Object.entries(secret).map(([, part]) => part)",
    lint: closed,
    atRunTime: "shows nothing",
  },
  {
    way: "all own names",
    code: "Object.getOwnPropertyNames(secret).map((name) => Reflect.get(secret, name))",
    lint: closed,
    atRunTime: "shows nothing",
    plainTextIsSafeToo: "text has no names of its own",
  },
  {
    way: "all own symbols",
    code: "Object.getOwnPropertySymbols(secret).map((name) => Reflect.get(secret, name))",
    lint: closed,
    atRunTime: "shows nothing",
    plainTextIsSafeToo: "text has no symbols",
  },
  {
    way: "Reflect.ownKeys",
    code: "Reflect.ownKeys(Object(secret)).map((name) => secret[name])",
    lint: closed,
    atRunTime: "shows nothing",
  },
  {
    way: "for…in",
    code: "(() => { const all = []; for (const name in secret) all.push(secret[name]); return all })()",
    lint: closed,
    atRunTime: "shows nothing",
  },
  { way: "iteration", code: "[...secret]", compiler: /iterator/, atRunTime: "throws" },
  { way: "Array.from", code: "Array.from(secret)", compiler: /overload/, atRunTime: "shows nothing" },

  // Into logs
  { way: "console.log", code: "console.log(secret)", lint: closed },
  {
    way: "util.inspect, looking hard",
    code: "inspect(secret, { showHidden: true, depth: 9, getters: true })",
    lint: closed,
    atRunTime: "shows nothing",
  },
  {
    way: "util.inspect without customs",
    code: "inspect({ secret }, { customInspect: false, showHidden: true })",
    lint: closed,
    atRunTime: "shows nothing",
  },
  { way: "util.format %s", code: 'format("%s", secret)', lint: closed, atRunTime: "shows nothing" },
  {
    way: "util.format %o",
    code: 'format("%o %O %j", secret, secret, secret)',
    lint: closed,
    atRunTime: "shows nothing",
  },
  { way: "our log's fields", code: 'log.info("saved", { secret })', compiler: /Secret/ },
  { way: "our log's message", code: "log.info(secret)", compiler: /Secret/ },
  {
    way: "a weak reference, inspected",
    code: "inspect(new WeakRef(Object(secret)))",
    atRunTime: "shows nothing",
    plainTextIsSafeToo: "the object behind it isn't shown",
  },

  // Into errors
  { way: "an error's message", code: "new Error(secret)", compiler: /Secret/, atRunTime: "throws" },
  { way: "an error's cause", code: 'new Error("no", { cause: secret })', lint: closed, atRunTime: "shows nothing" },
  { way: "an AppError's message", code: 'new AppError("invalid", secret)', compiler: /Secret/ },
  { way: "an AppError's cause", code: 'new AppError("invalid", "no", { cause: secret })', lint: closed },
  {
    way: "an AppError's fields",
    code: 'new AppError("invalid", "no", { fields: { value: secret } })',
    compiler: /Secret/,
  },
  { way: "throwing it", code: "(() => { throw secret })()", lint: closed, atRunTime: "shows nothing" },
  {
    way: "rejecting with it",
    code: "new Promise((_, reject) => reject(secret))",
    lint: closed,
    atRunTime: "shows nothing",
  },
  { way: "an assertion's message", code: 'nodeAssert.equal(secret, "guess")', lint: closed, atRunTime: "throws" },
  {
    way: "a schema's message",
    code: "z.literal('guess').parse(secret)",
    lint: closed,
    atRunTime: "throws",
    plainTextIsSafeToo: "zod doesn't quote its input",
  },

  // Out of the process
  { way: "a response's body", code: "new Response(secret).text()", compiler: /Secret/, atRunTime: "throws" },
  { way: "fetch's body", code: 'fetch("http://127.0.0.1:1", { body: secret })', compiler: /Secret/ },
  { way: "a header", code: "[...new Headers({ authorization: secret })]", compiler: /Secret/, atRunTime: "throws" },
  { way: "a URL", code: "new URL(secret)", compiler: /Secret/, atRunTime: "throws" },
  { way: "a query", code: "new URLSearchParams({ q: secret }).toString()", compiler: /Secret/, atRunTime: "throws" },
  {
    way: "a query by node:querystring",
    code: "stringify({ q: secret })",
    compiler: /Secret/,
    atRunTime: "shows nothing",
  },
  { way: "encodeURIComponent", code: "encodeURIComponent(secret)", compiler: /Secret/, atRunTime: "throws" },
  {
    way: "a form",
    code: '(() => { const form = new FormData(); form.set("value", secret); return [...form] })()',
    compiler: /Secret/,
    atRunTime: "throws",
  },
  { way: "a blob", code: "new Blob([secret]).text()", compiler: /Secret/, atRunTime: "throws" },
  { way: "node:http's answer", code: "answer.end(secret)", lint: closed },
  {
    way: "a file",
    code: 'writeFileSync("/dev/null/no", secret)',
    compiler: /Secret/,
    atRunTime: "throws",
    plainTextIsSafeToo: "the folder doesn't exist",
  },
  {
    way: "the environment",
    code: "(process.env.LOST = secret)",
    compiler: /Secret/,
    lint: "strongroom/env",
    atRunTime: "throws",
  },
  {
    way: "a child's arguments",
    code: 'spawnSync("true", [secret])',
    compiler: /Secret/,
    atRunTime: "throws",
    plainTextIsSafeToo: "the program prints nothing",
  },
  { way: "a message to a child or parent", code: "process.send?.(secret)", lint: closed },
  {
    way: "an event",
    code: '(() => { let seen; new EventEmitter().on("a", (x) => (seen = inspect(x))).emit("a", secret); return seen })()',
    lint: closed,
    atRunTime: "shows nothing",
  },
  { way: "a parameter of SQL", code: 'client.query("SELECT $1", [secret])', lint: closed },
  {
    way: "a column",
    code: "({ sealed: secret }) satisfies { sealed: Uint8Array }",
    compiler: /Secret/,
    secretOrNot: true,
  },

  // Into a page
  { way: "a page's text", code: "<p>{secret}</p>", compiler: /Secret/, lint: closed },
  { way: "a property of a component", code: "<Row row={secret} />", lint: closed },
  { way: "a property's inside", code: "<Row row={{ held: [secret] }} />", lint: closed },
  { way: "a spread into a component", code: "<Row {...{ row: secret }} />", lint: closed },
  { way: "an attribute", code: "<p title={secret} />", compiler: /Secret/ },
  { way: "HTML", code: "<p dangerouslySetInnerHTML={{ __html: secret }} />", lint: closed },
  {
    way: "rendering it",
    code: 'renderToStaticMarkup(createElement("p", null, secret))',
    compiler: /overload/,
    atRunTime: "throws",
  },
  {
    way: "rendering an attribute",
    code: 'renderToStaticMarkup(createElement("p", { title: secret }))',
    lint: closed,
    atRunTime: "throws",
  },
  { way: "the browser's storage", code: 'localStorage.setItem("a", secret)', compiler: /Secret/ },
  { way: "a cookie", code: "(document.cookie = secret)", compiler: /Secret/ },

  // Into bytes
  { way: "Buffer.from", code: "Buffer.from(secret).toString()", lint: closed, atRunTime: "throws" },
  {
    way: "a byte array",
    code: "Buffer.from(new Uint8Array(secret)).toString()",
    compiler: /overload/,
    atRunTime: "shows nothing",
    plainTextIsSafeToo: "it's no number",
    secretOrNot: true,
  },
  {
    way: "a text encoder",
    code: "Buffer.from(new TextEncoder().encode(secret)).toString()",
    compiler: /Secret/,
    atRunTime: "throws",
  },
  {
    way: "a digest",
    code: 'createHash("sha256").update(secret)',
    compiler: /Secret/,
    atRunTime: "throws",
    plainTextIsSafeToo: "a digest doesn't show it",
  },

  // Out of api
  { way: "an answer", code: "answerWith<Secret>(secret)", compiler: cannotBeSent },
  {
    way: "an answer's property",
    code: "answerWith<{ a: { b: Secret } }>({ a: { b: secret } })",
    compiler: cannotBeSent,
  },
  { way: "an answer's list", code: "answerWith<readonly { a?: Secret }[]>([{ a: secret }])", compiler: cannotBeSent },
  { way: "an answer's alternative", code: "answerWith<{ a: Secret | null }>({ a: secret })", compiler: cannotBeSent },
  {
    way: "an answer's map",
    code: "answerWith<{ a: Map<string, Secret> }>({ a: new Map([['a', secret]]) })",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "an answer's set",
    code: "answerWith<Set<Secret>>(new Set([secret]))",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  { way: "an answer's record", code: "answerWith<Record<string, Secret>>({ a: secret })", compiler: cannotBeSent },
  { way: "an answer's tuple", code: "answerWith<[string, Secret]>(['a', secret])", compiler: cannotBeSent },
  {
    way: "an answer that could be anything",
    code: "answerWith<unknown>(secret)",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "an answer's property that could be anything",
    code: "answerWith<{ a: unknown }>({ a: secret })",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "an answer that is some object",
    code: "answerWith<object>(secret)",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "a promise of it in an answer",
    code: "answerWith<{ a: Promise<Secret> }>({ a: Promise.resolve(secret) })",
    compiler: /CannotBeSent|holdsASecret/,
    secretOrNot: true,
  },
  {
    way: "a function in an answer",
    code: "answerWith<{ a: () => Secret }>({ a: () => secret })",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "an error in an answer",
    code: "answerWith<Error>(new Error('no', { cause: secret }))",
    compiler: cannotBeSent,
    secretOrNot: true,
  },
  {
    way: "opened bytes in an answer",
    code: "answerWith<{ a: Uint8Array }>({ a: new TextEncoder().encode(String(secret.size)) })",
    compiler: cannotBeSent,
    secretOrNot: true,
  },

  // Around the type
  { way: "a cast", code: "secret as unknown as string", lint: closed },
  { way: "a cast to any", code: "(secret as any).bytes", lint: "@typescript-eslint/no-explicit-any" },
  {
    way: "a place without a type",
    code: "((anything: unknown) => anything)(secret)",
    lint: closed,
    atRunTime: "shows nothing",
  },
  {
    way: "expose, imported by hand",
    code: 'import("../lib/secret").then(({ expose }) => Buffer.from(expose(secret)).toString())',
    lint: "strongroom/expose",
    secretOrNot: true,
  },
  {
    way: "the private field by name",
    code: 'secret["#bytes"]',
    compiler: /implicitly has an 'any' type/,
    atRunTime: "shows nothing",
    plainTextIsSafeToo: "text has no fields",
    secretOrNot: true,
  },
  {
    way: "a subclass",
    code: 'new (class Thief extends Secret { steal() { return Reflect.get(this, "bytes") } })(new Uint8Array()).steal()',
    compiler: /private/,
    secretOrNot: true,
  },
  {
    way: "a proxy",
    code: "inspect(new Proxy(Object(secret), {}), { showProxy: true, showHidden: true })",
    lint: closed,
    atRunTime: "shows nothing",
  },
  {
    way: "a toJSON of one's own",
    code: 'JSON.stringify(Object.defineProperty(secret, "toJSON", { value: () => "x" }))',
    lint: closed,
    atRunTime: "throws",
    plainTextIsSafeToo: "text can't get one",
  },
]
