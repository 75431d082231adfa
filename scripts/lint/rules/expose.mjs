/**
 * Opening a Secret has few places, and one search finds them all: `expose` is imported by name where places.mjs
 * allows it, called there, and never handed on under another name.
 */
import { leadsTo, pathInHouse, roomOf } from "../house.mjs"
import { everyImport, isAllowed, nameOf } from "../imports.mjs"
import { mayExpose } from "../places.mjs"

export const expose = {
  meta: {
    type: "problem",
    docs: { description: "expose is imported in its places only, called, and never handed on" },
    schema: [],
    messages: {
      place: "Only {{places}} may open a Secret. Move it there unopened.",
      byName: "Import from lib/secret by name, so that a search for `expose` finds every place that opens a Secret.",
      handedOn: "`expose` may only be called here: handed on, it would open secrets in places that lint doesn't know.",
    },
  },
  create(context) {
    const path = pathInHouse(context.filename)
    const isTest = roomOf(path) === "tests"
    if (isTest) return {}
    const leadsToSecret = (specifier) => roomOf(leadsTo(path, specifier ?? "").path ?? "") === "secret"
    return {
      ...everyImport(({ node, specifier, typesOnly, names }) => {
        if (typesOnly || !leadsToSecret(specifier)) return
        if (names.includes("*")) context.report({ node, messageId: "byName" })
        if (!names.includes("expose")) return
        if (node.type === "ExportNamedDeclaration") context.report({ node, messageId: "handedOn" })
        else if (!isAllowed(path, mayExpose)) {
          context.report({ node, messageId: "place", data: { places: mayExpose.join(", ") } })
        }
      }),
      "ImportDeclaration:exit"(node) {
        if (leadsToSecret(node.source.value)) onlyCalled(context, node)
      },
    }
  },
}

/** Reports every use of the imported `expose` that is no call of it. */
function onlyCalled(context, importDeclaration) {
  const variables = context.sourceCode.getDeclaredVariables(importDeclaration)
  for (const variable of variables) {
    const isExpose = variable.defs.some(({ node }) => nameOf(node.imported) === "expose")
    for (const { identifier } of isExpose ? variable.references : []) {
      const { parent } = identifier
      const isCall = parent.type === "CallExpression" && parent.callee === identifier
      if (!isCall && parent.type !== "TSTypeQuery") context.report({ node: identifier, messageId: "handedOn" })
    }
  }
}
