import { beforeAll, describe, expect, it } from "vitest"
import { strongroom } from "./plugin.mjs"
import { checkingMs, type Finding, lint, virtualFiles } from "./virtual-files.ts"

/** Each rule, broken on purpose in a file that isn't there, through the repository's own eslint.config.mjs. */
interface Rule {
  /** Where the texts stand: a folder, or a folder and the beginning of a file's name. */
  at: string
  ending?: "ts" | "tsx" | "test.ts" | "mjs"
  refused?: string[]
  accepted?: string[]
}

const database =
  "declare const name: string; declare const client: { query(q: unknown, v?: unknown[]): string }; declare const db: Record<string, (statement: string) => string>; export const used = [name, client, db]"
const prisma =
  "declare const id: string | undefined; declare function find(q: unknown): string; export const used = [id, find]"

const inAll: Record<string, Rule[]> = {
  "strongroom/rooms": [
    {
      at: "lib/core/",
      refused: [
        `import { start } from "../api/server.ts"; start()`,
        `import type { Server } from "../api/server.ts"; export type S = Server`,
        `export { start } from "../api/server.ts"`,
        `export * from "../api/server.ts"`,
        `export const server = await import("../api/server.ts")`,
        "export const server = await import(`../api/server.ts`)",
        `export type S = import("../api/server.ts").Server`,
        `const server = require("../api/server.ts"); export const s = server`,
        `const name = String(1); export const server = await import(name)`,
        `export const fs = process.getBuiltinModule("next")`,
        `import { createRequire } from "node:module"; export const load = createRequire(import.meta.url)`,
        `import "@/lib/web/session"`,
        `import { PrismaClient } from "@prisma/client"; export const c = PrismaClient`,
        `import next from "next"; export const n = next`,
      ],
      accepted: [
        `import { AppError } from "../errors.ts"; export const e = AppError`,
        `import { describe } from "./describe.ts"; export const d = describe`,
        `import { randomBytes } from "node:crypto"; export const r = randomBytes`,
      ],
    },
    {
      at: "app/",
      ending: "tsx",
      refused: [
        `import { operations } from "@/lib/contract/operations"; export const o = operations`,
        `import { type Person } from "@/lib/contract/dto"; export type P = Person`,
      ],
      accepted: [`import type { Person } from "@/lib/contract/dto"; export type P = Person`],
    },
    { at: "lib/core/", ending: "test.ts", accepted: [`import { start } from "../api/server.ts"; start()`] },
    { at: "lib/attic/", refused: [`import "../errors.ts"`] },
    { at: "scripts/", ending: "mjs", refused: [`import "../lib/env.ts"`], accepted: [`import "node:fs"`] },
  ],
  "strongroom/expose": [
    {
      at: "lib/api/",
      refused: [
        `import { expose } from "../secret.ts"; export const x = expose`,
        `import { expose as open } from "../secret.ts"; export const x = open`,
        `import { "expose" as open } from "../secret.ts"; export const x = open`,
        `import * as secrets from "../secret.ts"; export const x = secrets`,
        `export { expose } from "../secret.ts"`,
        `export { expose as open } from "@/lib/secret"`,
        `export * from "../secret.ts"`,
        `export * as secrets from "../secret.ts"`,
        `export const secrets = await import("../secret.ts")`,
      ],
      accepted: [
        `import { Secret } from "../secret.ts"; export const s = Secret`,
        `import type * as secrets from "../secret.ts"; export type S = secrets.Secret`,
      ],
    },
    {
      at: "lib/crypto/",
      refused: [
        `import { expose } from "../secret.ts"; export { expose }`,
        `import { expose } from "../secret.ts"; export const open = expose`,
        `import { expose } from "../secret.ts"; export const all = [].map(expose)`,
        `export { expose } from "../secret.ts"`,
        `import * as secrets from "../secret.ts"; export const x = secrets`,
      ],
      accepted: [`import { expose, Secret } from "../secret.ts"; export const n = expose(Secret.fromText("")).length`],
    },
    { at: "lib/core/disclose", refused: [`import { expose } from "../secret.ts"; export const n = expose`] },
    {
      at: "lib/core/",
      ending: "test.ts",
      accepted: [`import { expose } from "../secret.ts"; export const n = expose`],
    },
  ],
  "strongroom/env": [
    {
      at: "lib/core/",
      refused: [
        `export const e = process.env.HOME`,
        `export const e = process["env"]`,
        `export const e = globalThis.process.env`,
        `const { env } = process; export const e = env`,
        `const all = process; export const e = all`,
        `import { env } from "node:process"; export const e = env`,
        `import p from "node:process"; export const e = p`,
        `import * as p from "process"; export const e = p`,
        `process.loadEnvFile()`,
        `const name = "env" as const; export const e = process[name]`,
        `export const e = structuredClone(process)`,
        `export const e = Reflect.get(process, "env")`,
        `export const e = (import.meta as { env?: unknown }).env; export const f = import.meta.env`,
      ],
      accepted: [
        `export const memory = process.memoryUsage()`,
        `export const here = import.meta.dirname`,
        `export const context = { env: 1, process: 2 }; export const e = context.env`,
      ],
    },
    { at: "clients/cli/", refused: [`export const e = process.env.HOME`] },
    { at: "scripts/", ending: "mjs", accepted: [`export const e = process.env.HOME`] },
    { at: "lib/testing/", accepted: [`export const e = process.env`] },
  ],
  "strongroom/ciphers": [
    {
      at: "lib/core/",
      refused: [
        `import { createCipheriv } from "node:crypto"; export const c = createCipheriv`,
        `import { createDecipheriv as c } from "node:crypto"; export const d = c`,
        `import * as crypto from "node:crypto"; export const c = crypto.createCipheriv`,
        `import crypto from "node:crypto"; export const c = crypto["createCipheriv"]`,
        `export const { subtle } = crypto`,
        `export const s = globalThis.crypto.subtle`,
      ],
      accepted: [
        `import { createHash } from "node:crypto"; export const c = createHash`,
        `export const style = { subtle: true }`,
      ],
    },
    {
      at: "lib/crypto/",
      accepted: [`import { createCipheriv } from "node:crypto"; export const c = createCipheriv`],
    },
  ],
  "strongroom/connections": [
    {
      at: "lib/providers/vault/",
      refused: [
        `export const a = await fetch("http://169.254.169.254/")`,
        `export const a = await globalThis.fetch("http://169.254.169.254/")`,
        `const get = fetch; export const a = get`,
        `export const a = new WebSocket("ws://169.254.169.254/")`,
        `import { request } from "node:http"; export const r = request`,
        `import { isIP, connect } from "node:net"; export const r = [isIP, connect]`,
        `import * as http from "node:https"; export const r = http`,
        `import { lookup } from "node:dns/promises"; export const r = lookup`,
        `export { connect } from "node:tls"`,
        `export const r = await import("node:http2")`,
      ],
      accepted: [
        `import { isIP } from "node:net"; export const i = isIP`,
        `import type { Socket } from "node:net"; export type S = Socket`,
        `export const open = (host: { fetch: typeof fetch }): typeof fetch => host.fetch`,
        `export const ask = (fetch: () => string): string => fetch()`,
      ],
    },
    { at: "lib/net/", accepted: [`import { connect } from "node:tls"; export const c = connect`] },
    { at: "lib/core/", ending: "test.ts", accepted: [`export const a = await fetch("http://127.0.0.1/")`] },
  ],
  "strongroom/powerful-modules": [
    {
      at: "lib/core/",
      refused: [
        `import { spawn } from "node:child_process"; export const s = spawn`,
        `import { spawn } from "child_process"; export const s = spawn`,
        `export const s = await import("node:child_process")`,
        `export const s = process.getBuiltinModule("node:child_process")`,
        `import vm from "node:vm"; export const v = vm`,
      ],
      accepted: [`import { connect } from "node:net"; export const c = connect`],
    },
    { at: "lib/process/", accepted: [`import { spawn } from "node:child_process"; export const s = spawn`] },
    { at: "lib/process/", refused: [`import vm from "node:vm"; export const v = vm`] },
  ],
  "strongroom/no-way-around": [
    {
      at: "lib/core/",
      refused: [
        "// eslint-disable-next-line\nexport const a = 1",
        "/* eslint-disable */\nexport const a = 1",
        '/* eslint no-console: "off" */\nexport const a = 1',
        "// @ts-ignore\nexport const a = 1",
        "// @ts-expect-error: because\nexport const a = 1",
        "// @ts-nocheck\nexport const a = 1",
        "// biome-ignore lint: because\nexport const a = 1",
      ],
      accepted: ["// What eslint says, we read.\nexport const a = 1"],
    },
  ],
  "strongroom/secret-stays-closed": [
    {
      at: "lib/core/",
      refused: [
        "`${secret}`",
        '"" + secret',
        "String(secret)",
        "JSON.stringify({ a: [secret] })",
        "JSON.stringify(new Map([[1, secret]]))",
        "structuredClone(secret)",
        "new Error('x', { cause: secret })",
        "new Set<unknown>().add(secret)",
        "+secret",
        "secret as unknown",
        "({ ...secret })",
        "Object.entries(secret)",
        "[1].includes(secret as never) || log(optional)",
      ].map((expression) => withSecret(`export const lost = ${expression}`)),
      accepted: [
        "[secret]",
        "new Map([[1, secret]])",
        "secret.size + 1",
        "`${secret.size}`",
        "JSON.stringify({ size: secret.size })",
        "isSecret(secret)",
        "Promise.resolve(secret)",
        "store({ name: 'a', secret })",
        "Object.entries({ secret })",
        "keep({ a: [secret.size] })",
        "store(secret satisfies Secret as Secret)",
      ].map((expression) => withSecret(`export const kept = ${expression}`)),
    },
    {
      at: "lib/core/",
      refused: [
        withSecret("export function f(): void { throw secret }"),
        withSecret("export const a: unknown = secret"),
        withSecret("export const a: { b: unknown }[] = []; for (const c of a) c.b = secret"),
        withSecret("export function f(): unknown { return secret }"),
        withSecret("export const f = (): unknown => secret"),
        withSecret("export const a: { b: unknown } = { b: secret }"),
        withSecret("export let text = ''; text += secret"),
        withSecret("export const names = []; for (const n in secret) names.push(n)"),
      ],
    },
    {
      at: "components/",
      ending: "tsx",
      refused: [
        withSecret("export function Row(): React.ReactNode { return <p>{secret}</p> }"),
        withSecret("export function Row(): React.ReactNode { return <Row2 row={{ secret }} /> }"),
        withSecret("export function Row(): React.ReactNode { return <Row2 {...{ row: { secret } }} /> }"),
      ].map((text) => `${text}\nfunction Row2(_: { row: object }): null { return null }`),
      accepted: [withSecret("export function Row(): React.ReactNode { return <p>{secret.size}{/* size */}</p> }")],
    },
  ],
  "strongroom/sql": [
    {
      at: "lib/db/",
      refused: [
        "export const r = db.$queryRawUnsafe('SELECT 1')",
        "export const r = db['$executeRawUnsafe']('SELECT 1')",
        "export const { $queryRawUnsafe: ask } = db",
        "import { Prisma } from './generated/client.ts'; export const r = Prisma.raw('x')",
        "export const r = client.query(`SELECT ${name}`)",
        "export const r = client.query('SELECT ' + name)",
        "const text = `SELECT ${name}`; export const r = client.query(text)",
        "const column = `x${name}`; export const r = client.query(`SELECT ${column}`)",
        "export const r = client.query({ text: `SELECT ${name}`, values: [] })",
      ].map((text) => `${text}\n${database}`),
      accepted: [
        "export const r = client.query('SELECT $1', [name])",
        "const columns = 'a, b'; export const r = client.query(`SELECT ${columns} FROM x`)",
        "const which: 'a' | 'b' = name === '' ? 'a' : 'b'; export const r = client.query(`SELECT ${which}`)",
        "import pg from 'pg'; const role = pg.escapeIdentifier(name); export const r = client.query(`DROP ROLE ${role}`)",
        "import pg from 'pg'; export const r = client.query(`DROP ROLE ${pg.escapeIdentifier(name)}`)",
        "export const r = client.query({ text: 'SELECT $1', values: [name] })",
      ].map((text) => `${text}\n${database}`),
    },
  ],
  "strongroom/certain-where": [
    {
      at: "lib/db/",
      refused: [
        "export const r = find({ where: { id } })",
        "export const r = find({ where: { id: { equals: id } } })",
        "export const r = find({ where: { OR: [{ id: id }] } })",
      ].map((text) => `${text}\n${prisma}`),
      accepted: [
        "export const r = find({ where: { id: id ?? null } })",
        "export const r = find({ where: { ...(id === undefined ? {} : { id }) } })",
      ].map((text) => `${text}\n${prisma}`),
    },
  ],
  "strongroom/actions": [
    {
      at: "app/",
      refused: [
        "export async function rename(name: string): Promise<void> {}",
        "export async function rename(id: string, form: FormData): Promise<void> {}",
        "export async function rename(a: null, b: null, form: FormData): Promise<void> {}",
        "export async function rename(): Promise<void> {}",
        "export async function rename(form: any): Promise<void> {}",
        "export function rename(form: FormData): string { return String(form) }",
        "export const limit = 5",
        "export default async function rename(form: FormData): Promise<void> {}",
        "export * from './other'",
        "async function rename(form: FormData): Promise<void> {}\nexport { rename }",
        "const password = 'correct-horse'\nexport async function a(form: FormData): Promise<void> { form.set('a', password) }",
        "const address = 'srm_pat_0123456789'\nexport async function a(form: FormData): Promise<void> { form.set('a', address) }",
        "const a = { apiKey: 'abcdefgh' }\nexport async function b(form: FormData): Promise<void> { form.set('a', a.apiKey) }",
        "const a = `x9Kq2LmZ0pWv7TyB3nRj5HsD`\nexport async function b(form: FormData): Promise<void> { form.set('a', a) }",
      ].map((text) => `"use server"\n${text}`),
      accepted: [
        "export async function rename(form: FormData): Promise<void> {}",
        "export async function rename(previous: { message: string } | null, form: FormData): Promise<{ message: string }> { return { message: '' } }",
        "const wrap = (f: (form: FormData) => Promise<void>) => f\nexport const rename = wrap(async () => {})",
        "export type State = { message: string } | null",
        "const message = 'The password may not be empty. Type one and try again, please.'\nexport async function a(form: FormData): Promise<void> { form.set('a', message) }",
        "const path = '/s/acme.payments.prod/service-accounts'\nexport async function a(form: FormData): Promise<void> { form.set('password', path) }",
      ].map((text) => `"use server"\n${text}`),
    },
    {
      at: "app/",
      ending: "tsx",
      refused: [
        "export function Page(): null { async function act(form: FormData): Promise<void> { 'use server'; form.get('a') }\n void act; return null }",
      ],
    },
  ],
  "no-restricted-exports": [
    { at: "lib/core/", refused: ["export default function start(): void {}"] },
    { at: "app/page", ending: "tsx", refused: ["export default function Page(): null { return null }"] },
  ],
  "no-console": [
    { at: "lib/core/", refused: ["console.log(1)"] },
    { at: "components/", ending: "tsx", refused: ["console.log(1)"] },
    { at: "clients/cli/", accepted: ["console.log(1)"] },
  ],
  "@typescript-eslint/no-explicit-any": [
    { at: "lib/core/", refused: ["export const a: any = 1", "export const a = 1 as any"] },
  ],
  "@typescript-eslint/no-non-null-assertion": [{ at: "lib/core/", refused: ["export const a = [1].at(0)!"] }],
  "@typescript-eslint/ban-ts-comment": [{ at: "lib/core/", refused: ["// @ts-ignore: why\nexport const a = 1"] }],
  "@typescript-eslint/explicit-module-boundary-types": [
    {
      at: "lib/core/",
      refused: ["export function a() { return 1 }", "export const a = () => 1"],
      accepted: ["export function a(): number { return 1 }"],
    },
  ],
  "@typescript-eslint/no-floating-promises": [
    { at: "lib/core/", refused: ["Promise.resolve(1)"], accepted: ["await Promise.resolve(1)"] },
  ],
}

function withSecret(text: string): string {
  return `${text}
import { Secret } from "@/lib/secret"
declare const secret: Secret
declare const optional: { inner: Promise<Secret> | undefined }
declare function isSecret(value: unknown): value is Secret
declare function store(value: { name: string; secret: Secret } | Secret): void
type Json = number | readonly Json[] | { readonly [name: string]: Json }
declare function keep(json: Json): void
declare function log(...things: unknown[]): boolean
export const used = [secret, optional, isSecret, store, log, keep]`
}

interface Case {
  rule: string
  path: string
  text: string
  isRefused: boolean
}

const cases: Case[] = Object.entries(inAll)
  .flatMap(([rule, places]) => places.map((place) => ({ rule, place })))
  .flatMap(({ rule, place: { at, ending = "ts", refused = [], accepted = [] } }, room) => {
    const toCase = (isRefused: boolean) => (text: string, index: number) => {
      const path = `${at}broken-${room}-${isRefused ? "refused" : "accepted"}-${index}.${ending}`
      return { rule, path, text, isRefused }
    }
    return [...refused.map(toCase(true)), ...accepted.map(toCase(false))]
  })

let findings: Finding[] = []

beforeAll(async () => {
  findings = await lint(virtualFiles(new Map(cases.map(({ path, text }) => [path, text]))))
}, checkingMs)

function rulesAgainst(path: string): string[] {
  return findings.filter((finding) => finding.path === path).map(({ rule }) => rule)
}

describe.each(Object.keys(inAll))("%s", (rule) => {
  const ofRule = cases.filter((one) => one.rule === rule)

  it.each(ofRule.filter(({ isRefused }) => isRefused))("refuses in $path: $text", ({ path }) => {
    expect(rulesAgainst(path)).toContain(rule)
  })

  it.each(ofRule.filter(({ isRefused }) => !isRefused))("accepts in $path: $text", ({ path }) => {
    expect(rulesAgainst(path)).not.toContain(rule)
  })
})

it("breaks every rule of ours at least once", () => {
  const broken = new Set(cases.filter(({ isRefused }) => isRefused).map(({ rule }) => rule))
  for (const name of Object.keys(strongroom.rules)) expect(broken).toContain(`strongroom/${name}`)
})

it("reads every text: none of them has a fault of syntax that would hide the others", () => {
  expect(findings.filter(({ rule }) => rule === "parser")).toEqual([])
})
