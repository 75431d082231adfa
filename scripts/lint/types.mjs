/** What type-aware rules ask about types. */
import ts from "typescript"
import { pathInHouse } from "./house.mjs"

/**
 * The types of the file that is being linted, or undefined where there are none (plain JavaScript).
 *
 * @returns {{ checker: ts.TypeChecker, typeOf: (node: object) => ts.Type, inTypeScript: (node: object) => ts.Node } | undefined}
 */
export function typesIn(context) {
  const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices
  if (!program) return undefined
  const checker = program.getTypeChecker()
  const inTypeScript = (node) => esTreeNodeToTSNodeMap.get(node)
  return { checker, inTypeScript, typeOf: (node) => checker.getTypeAtLocation(inTypeScript(node)) }
}

/** How deep an object is searched for a Secret: deeper than anything that we send. */
const depth = 6

/** True when a value of this type is a Secret, or could be one. */
export function isSecret(type) {
  if (type.isUnionOrIntersection()) return type.types.some((part) => isSecret(part))
  const symbol = type.getSymbol()
  if (symbol?.name !== "Secret") return false
  return (symbol.declarations ?? []).some(({ parent }) =>
    /(^|\/)lib\/secret\.ts$/.test(pathInHouse(parent.fileName ?? "")),
  )
}

/** True when a Secret is somewhere inside a value of this type: in a property, a list, a Map, a Set, a promise. */
export function holdsSecret(checker, type, levels = depth, seen = new Set()) {
  if (levels === 0 || seen.has(type)) return false
  seen.add(type)
  if (isSecret(type)) return true
  const inside = (part) => holdsSecret(checker, part, levels - 1, seen)
  if (type.isUnionOrIntersection()) return type.types.some(inside)
  if (!(type.flags & ts.TypeFlags.Object)) return false
  if (checker.getTypeArguments(type).some(inside)) return true
  if (type.getCallSignatures().length > 0 || isFromLibrary(type)) return false
  const indexed = checker.getIndexInfosOfType(type).map((info) => info.type)
  const properties = checker.getPropertiesOfType(type).map((property) => checker.getTypeOfSymbol(property))
  return [...indexed, ...properties].some(inside)
}

/** Types of libraries hold none of ours, but for their type arguments. Searching them would take long. */
function isFromLibrary(type) {
  const declaration = type.getSymbol()?.declarations?.[0]
  return declaration?.getSourceFile().fileName.includes("/node_modules/") ?? false
}

/** True for types that take anything and forget what it was: any, unknown, object, {}, and lists and records of these. */
export function isOpaque(checker, type, seen = new Set()) {
  if (seen.has(type)) return false
  seen.add(type)
  const isOpaqueToo = (part) => isOpaque(checker, part, seen)
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive)) return true
  if (type.isUnion()) return type.types.some(isOpaqueToo)
  if (checker.isArrayType(type)) return checker.getTypeArguments(type).some(isOpaqueToo)
  const records = type.getProperties().length === 0 ? checker.getIndexInfosOfType(type) : []
  return records.length === 0 ? isEmptyObject(type) : records.some((info) => isOpaqueToo(info.type))
}

function isEmptyObject(type) {
  const isObject = (type.flags & ts.TypeFlags.Object) !== 0 && type.getSymbol()?.name === "__type"
  return isObject && type.getProperties().length === 0 && type.getCallSignatures().length === 0
}
