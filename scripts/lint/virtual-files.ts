/** Files that exist only in a test, at paths where real ones could be: to break the house's rules on purpose. */

import { join } from "node:path"
import { ESLint } from "eslint"
import ts from "typescript"
import { root } from "./house.mjs"

/** Time to check them all, a few seconds, on a machine that has ten other things to do. */
export const checkingMs = 180_000

/** A finding of the compiler or of ESLint in a virtual file. */
export interface Finding {
  path: string
  line: number
  /** `strongroom/rooms`; `TS2345` for the compiler's; `parser` where the text can't be read. */
  rule: string
  message: string
}

export interface VirtualFiles {
  program: ts.Program
  texts: ReadonlyMap<string, string>
}

/**
 * One program of all files, with the repository's compiler options. The files may import what really exists.
 *
 * @param texts the text of each file, by its path in the repository
 */
export function virtualFiles(texts: ReadonlyMap<string, string>): VirtualFiles {
  const options: ts.CompilerOptions = { ...readOptions(), incremental: false, noEmit: true }
  const disk = ts.createCompilerHost(options, true)
  const textAt = (file: string): string | undefined =>
    file.startsWith(`${root}/`) ? texts.get(file.slice(root.length + 1)) : undefined
  const overlaid: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => textAt(file) !== undefined || disk.fileExists(file),
    readFile: (file) => textAt(file) ?? disk.readFile(file),
    getSourceFile(file, language, ...rest) {
      const text = textAt(file)
      if (text === undefined) return disk.getSourceFile(file, language, ...rest)
      return ts.createSourceFile(file, text, language, true)
    },
  }
  const files = [...texts.keys()].filter((path) => !path.endsWith(".mjs")).map((path) => join(root, path))
  return { program: ts.createProgram(files, options, overlaid), texts }
}

/** What the compiler says of the files. */
export function compile({ program, texts }: VirtualFiles): Finding[] {
  return [...texts.keys()].flatMap((path) => {
    const source = program.getSourceFile(join(root, path))
    const diagnostics = source === undefined ? [] : ts.getPreEmitDiagnostics(program, source)
    return diagnostics.map(({ start, code, messageText }) => ({
      path,
      line: (source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0) + 1,
      rule: `TS${code}`,
      message: ts.flattenDiagnosticMessageText(messageText, "\n"),
    }))
  })
}

/** What ESLint says of the files, by the repository's own configuration. */
export async function lint({ program, texts }: VirtualFiles): Promise<Finding[]> {
  // The one change to the real configuration: types come from the program of virtual files, not from the disk.
  const parserOptions = { project: null, programs: [program] }
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: { files: ["**/*.ts", "**/*.tsx"], languageOptions: { parserOptions } },
  })
  const findings: Finding[] = []
  for (const [path, text] of texts) {
    const results = await eslint.lintText(text, { filePath: join(root, path) })
    for (const { line, ruleId, message, fatal } of results.flatMap(({ messages }) => messages)) {
      findings.push({ path, line, rule: ruleId ?? (fatal === true ? "parser" : "comment"), message })
    }
  }
  return findings
}

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
    // The compiler's own reader says `any` where it gives an object for this function.
    config: object
  }
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root).options
}
