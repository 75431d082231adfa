/** The console is a client: its process holds no key, no login and no credential, and its bundle none of the core. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "../support/test.ts"
import { readWorld } from "../support/world.ts"

const built = join(import.meta.dirname, "..", "..", ".next", "server")
const inner = /(?:^|\/)lib\/(?:core|crypto|db|http|jobs|providers)\//

test("the console's environment holds no key, login or provider credential; the API's does", () => {
  const [console, api] = [environmentOf("console"), environmentOf("api")]
  const names = /DATABASE|PG[A-Z]+|KEK|FERNET|SECRET_BACKEND|VAULT_|AWS_|AZURE_|GOOGLE_|_PASSWORD|_CREDENTIAL/
  expect([...console.keys()].filter((name) => names.test(name))).toEqual([])
  expect([...console.values()].filter((text) => /postgres(?:ql)?:\/\//.test(text))).toEqual([])
  expect([...api.keys()].filter((name) => names.test(name))).not.toEqual([])
})

test("the console's bundle is made of pages and the client, and of nothing from the core", () => {
  const modules = bundledModules()
  expect(modules.some((module) => module.includes("lib/web/"))).toBe(true)
  expect(modules.some((module) => module.includes("clients/sdk/"))).toBe(true)
  expect(modules.filter((module) => inner.test(module))).toEqual([])
  expect(modules.filter((module) => /node_modules\/(?:pg|@prisma|prisma)\//.test(module))).toEqual([])
})

function environmentOf(part: "api" | "console"): Map<string, string> {
  const { supervisorPid } = readWorld()
  const children = readFileSync(`/proc/${supervisorPid}/task/${supervisorPid}/children`, "utf8").trim().split(" ")
  const pid = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, "utf8").includes(`lib/process/${part}.ts`),
  )
  expect(pid, `the ${part} runs`).toBeDefined()
  const entries = readFileSync(`/proc/${pid ?? ""}/environ`, "utf8").split("\0")
  return new Map(
    entries.filter(Boolean).map((entry) => [entry.split("=")[0] ?? "", entry.slice(entry.indexOf("=") + 1)]),
  )
}

/** What the source maps of the build say that it was made of. */
function bundledModules(): string[] {
  return readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".map"))
    .flatMap((entry) => modulesIn(readFileSync(join(entry.parentPath, entry.name), "utf8")))
}

interface SourceMap {
  sources?: string[]
  sections?: { map: SourceMap }[]
}

function modulesIn(text: string): string[] {
  const read = ({ sources = [], sections = [] }: SourceMap): string[] => [
    ...sources,
    ...sections.flatMap(({ map }) => read(map)),
  ]
  return read(JSON.parse(text) as SourceMap) // as the bundler writes them
}
