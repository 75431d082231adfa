/** Every way in which a file can name another one. */
import { isAt, isTest } from "./house.mjs"

/**
 * A visitor that calls `see({ node, specifier, typesOnly, names })` for each import of a file: static and dynamic
 * ones, `export from`, `require`, `import type`, `import("…")` in a type. `specifier` is undefined where it can't be
 * read, as in `import(name)`. `names` are the imported names, `["*"]` for all of them.
 */
export function everyImport(see) {
  return {
    ImportDeclaration(node) {
      see({
        node,
        specifier: node.source.value,
        typesOnly: node.importKind === "type",
        names: node.specifiers.map((specifier) => importedName(specifier)),
      })
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return
      const names = node.specifiers.map((specifier) => nameOf(specifier.local))
      see({ node, specifier: node.source.value, typesOnly: node.exportKind === "type", names })
    },
    ExportAllDeclaration(node) {
      see({ node, specifier: node.source.value, typesOnly: node.exportKind === "type", names: ["*"] })
    },
    ImportExpression(node) {
      see({ node, specifier: textOf(node.source), typesOnly: false, names: ["*"] })
    },
    TSImportType(node) {
      see({ node, specifier: textOf(node.source ?? node.argument?.literal), typesOnly: true, names: [] })
    },
    TSExternalModuleReference(node) {
      see({ node, specifier: textOf(node.expression), typesOnly: false, names: ["*"] })
    },
    CallExpression(node) {
      if (isLoader(node.callee)) see({ node, specifier: textOf(node.arguments[0]), typesOnly: false, names: ["*"] })
    },
  }
}

/** `require(…)`, `module.require(…)`, `process.getBuiltinModule(…)`, `vi.importActual(…)` is a test's business. */
function isLoader(callee) {
  if (callee.type === "Identifier") return callee.name === "require"
  return callee.type === "MemberExpression" && ["require", "getBuiltinModule"].includes(nameOf(callee.property))
}

function importedName(specifier) {
  if (specifier.type === "ImportNamespaceSpecifier") return "*"
  return specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported)
}

/** The name of an identifier or the text of a string: `import { "expose" as x }` is an import of expose. */
export function nameOf(node) {
  return node?.type === "Literal" ? String(node.value) : node?.name
}

/** The text of a string or of a template without expressions, else undefined. */
function textOf(node) {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value
  if (node?.type === "TSLiteralType") return textOf(node.literal)
  return node?.type === "TemplateLiteral" && node.quasis.length === 1 ? node.quasis[0].value.cooked : undefined
}

/** True when `path` may do what `places` may: it is in one of them, or it is a test. */
export function isAllowed(path, places) {
  return isTest(path) || places.some((place) => isAt(path, place))
}
