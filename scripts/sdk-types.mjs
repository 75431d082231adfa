// The SDK's types as they are published: complete, and without the libraries that the contract's schemas are written
// with. What the contract says of each operation is written out.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { root } from "./project.mjs"

const entry = join(root, "clients/sdk/index.ts")
const contract = join(root, "lib/contract/api.ts")

/** Writes `index.d.ts` and what it needs into a folder. */
export function writeSdkTypes(folder) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const settings = { ...options, noEmit: false, incremental: false, declaration: true, emitDeclarationOnly: true }
  const expanding = join(root, "clients/sdk/expanding.ts")
  const program = ts.createProgram([entry, expanding], settings, hostWith(settings, expanding))
  const declarations = declarationsOf(program, settings)
  declarations.set(contract, writtenOut(program, program.getSourceFile(expanding)))
  for (const file of reachableFrom(entry, declarations)) {
    const path = join(folder, toDeclaration(file.slice(root.length)))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, declarations.get(file).replace(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"'))
  }
  const index = toDeclaration(entry.slice(root.length)).replace(/\.d\.ts$/, ".js")
  writeFileSync(join(folder, "index.d.ts"), `export * from "./${index}"\n`)
}

/** A file beside the others that asks for each operation's types as they are once everything in them is worked out. */
function hostWith(settings, path) {
  const text = `import type { StrongroomApi } from "../../lib/contract/api.ts"
type Plain = string | number | boolean | bigint | symbol | null | undefined
type Expanded<T> = unknown extends T ? unknown : T extends Plain ? T : T extends AsyncIterable<unknown> ? T : { [Key in keyof T]: Expanded<T[Key]> }
export type Expansions = { [Name in keyof StrongroomApi]: {
  input: Expanded<Parameters<StrongroomApi[Name]>[0]>
  options: Expanded<Parameters<StrongroomApi[Name]>[1]>
  answer: Expanded<Awaited<ReturnType<StrongroomApi[Name]>>>
} }
`
  const host = ts.createCompilerHost(settings)
  const { getSourceFile, fileExists, readFile } = host
  return {
    ...host,
    fileExists: (file) => file === path || fileExists(file),
    readFile: (file) => (file === path ? text : readFile(file)),
    getSourceFile: (file, ...rest) =>
      file === path ? ts.createSourceFile(file, text, settings.target) : getSourceFile(file, ...rest),
  }
}

function declarationsOf(program, settings) {
  const made = new Map()
  program.emit(undefined, (name, text) => made.set(name.replace(/\.d\.ts$/, ".ts"), text), undefined, true)
  if (made.size === 0) throw new Error(`No declarations were made with ${JSON.stringify(settings)}.`)
  return made
}

function writtenOut(program, file) {
  const checker = program.getTypeChecker()
  const alias = file.statements.find((statement) => ts.isTypeAliasDeclaration(statement) && isExported(statement))
  const all = checker.getTypeAtLocation(alias)
  // Seen from elsewhere, the helper types have no name: so what they stand for is written.
  const elsewhere = program.getSourceFile(entry)
  const { NoTruncation, InTypeAlias } = ts.TypeFormatFlags
  const text = (type) => checker.typeToString(type, elsewhere, NoTruncation | InTypeAlias)
  const functions = checker.getPropertiesOfType(all).map((operation) => {
    const parts = checker.getTypeOfSymbol(operation)
    const part = (name) => text(checker.getTypeOfSymbol(checker.getPropertyOfType(parts, name)))
    const options = part("options").replace(/ \| undefined$/, "")
    return `  ${operation.name}(input: ${part("input")}, options?: ${options}): Promise<${part("answer")}>`
  })
  return `/** The product as its clients see it: one function per operation. */
export interface StrongroomApi {
${functions.join("\n")}
}
export type AnswerOf<Name extends keyof StrongroomApi> = Awaited<ReturnType<StrongroomApi[Name]>>
`
}

function isExported(statement) {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
}

function reachableFrom(first, declarations) {
  const found = new Set()
  const visit = (file) => {
    if (found.has(file)) return
    const text = declarations.get(file)
    if (text === undefined) throw new Error(`${file} has no declarations.`)
    found.add(file)
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
      if (!specifier.startsWith(".")) throw new Error(`The SDK's types would need ${specifier}.`)
      visit(join(dirname(file), specifier))
    }
  }
  visit(first)
  return found
}

function toDeclaration(path) {
  return path.replace(/^\//, "").replace(/\.ts$/, ".d.ts")
}
