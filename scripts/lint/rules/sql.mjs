/**
 * Statements are constants; what varies goes in as a parameter. Names of columns can be put together from literals,
 * since their types say that they are.
 */
import { pathInHouse, roomOf } from "../house.mjs"
import { nameOf } from "../imports.mjs"
import { typesIn } from "../types.mjs"

const unsafeNames = ["$queryRawUnsafe", "$executeRawUnsafe"]
const escapes = ["escapeIdentifier", "escapeLiteral"]

export const sql = {
  meta: {
    type: "problem",
    docs: { description: "SQL is constant, or made of literals and escaped names" },
    schema: [],
    messages: {
      unsafe: "`{{name}}` takes any text as SQL. Use the tagged template, whose values become parameters.",
      built: "This text becomes part of a statement. Give it as a parameter ($1), or make its type a literal.",
    },
  },
  create(context) {
    const isOurs = roomOf(pathInHouse(context.filename)) !== "tests"
    const typeOf = typesIn(context)?.typeOf
    const unsafe = (node, name) => context.report({ node, messageId: "unsafe", data: { name } })

    const check = (node) => {
      for (const part of variableParts(context, node)) {
        if (!isEscaped(part) && !isLiteralType(typeOf(part))) context.report({ node: part, messageId: "built" })
      }
    }

    return {
      Identifier(node) {
        if (unsafeNames.includes(node.name)) unsafe(node, node.name)
      },
      Literal(node) {
        if (unsafeNames.includes(node.value)) unsafe(node, node.value)
      },
      MemberExpression(node) {
        const isRaw = nameOf(node.property) === "raw" && node.object.type === "Identifier"
        if (isRaw && ["Prisma", "Sql"].includes(node.object.name)) unsafe(node, "Prisma.raw")
      },
      'CallExpression[callee.property.name="query"]'(node) {
        if (!isOurs || typeOf === undefined || node.arguments[0] === undefined) return
        const statement = node.arguments[0]
        if (statement.type !== "ObjectExpression") return check(statement)
        const text = statement.properties.find((property) => nameOf(property.key) === "text")
        if (text !== undefined) check(text.value)
      },
    }
  },
}

/** What a `const` of this file was initialized with, else the node itself. */
function resolveConstant(context, node) {
  if (node.type !== "Identifier") return node
  const variable = context.sourceCode.getScope(node).references.find(({ identifier }) => identifier === node)?.resolved
  const definition = variable?.defs[0]?.node
  return definition?.type === "VariableDeclarator" && definition.init !== null ? definition.init : node
}

/** The parts of a text that this file doesn't spell out. */
function variableParts(context, node, isWhole = true) {
  const parts = (inner) => variableParts(context, inner, false)
  const constant = resolveConstant(context, node)
  if (constant.type === "TemplateLiteral") return constant.expressions.flatMap(parts)
  if (constant.type === "BinaryExpression" && constant.operator === "+")
    return [constant.left, constant.right].flatMap(parts)
  // A statement that comes from elsewhere as a whole was checked where it was written.
  return isWhole ? [] : [constant]
}

function isEscaped(node) {
  const name = node.type === "CallExpression" ? (node.callee.property?.name ?? node.callee.name) : undefined
  return escapes.includes(name)
}

function isLiteralType(type) {
  return type.isUnion() ? type.types.every((part) => isLiteralType(part)) : type.isLiteral()
}
