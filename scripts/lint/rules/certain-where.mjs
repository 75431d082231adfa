/** Prisma reads `undefined` in a `where` as "no filter": a missing id would find everyone's rows. */
import ts from "typescript"
import { nameOf } from "../imports.mjs"
import { typesIn } from "../types.mjs"

export const certainWhere = {
  meta: {
    type: "problem",
    docs: { description: "No `where` filter may be undefined" },
    schema: [],
    messages: { uncertain: "This may be undefined, and then Prisma would not filter by it. Decide before you ask." },
  },
  create(context) {
    const types = typesIn(context)
    if (types === undefined) return {}
    const mayBeUndefined = (node) => hasUndefined(types.typeOf(node))

    const check = (node) => {
      if (node.type === "ObjectExpression") {
        for (const property of node.properties) if (property.type === "Property") check(property.value)
      } else if (node.type === "ArrayExpression") {
        for (const element of node.elements) if (element !== null) check(element)
      } else if (mayBeUndefined(node)) context.report({ node, messageId: "uncertain" })
    }

    return {
      Property(node) {
        if (nameOf(node.key) === "where" && node.parent.type === "ObjectExpression") check(node.value)
      },
    }
  },
}

function hasUndefined(type) {
  if (type.isUnion()) return type.types.some((part) => hasUndefined(part))
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Any)) !== 0
}
