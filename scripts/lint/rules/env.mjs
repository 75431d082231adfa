/** `process.env` has one reader, so that one file lists every setting and refuses the bad ones at start. */
import { pathInHouse, roomOf } from "../house.mjs"
import { everyImport, isAllowed, nameOf } from "../imports.mjs"
import { mayReadEnvironment } from "../places.mjs"

export const env = {
  meta: {
    type: "problem",
    docs: { description: "process.env is read in lib/env.ts, config files, scripts and tests only" },
    schema: [],
    messages: {
      reads: "Only lib/env.ts reads the environment. Give the setting a name, a default and a check there.",
      whole: "Use `process` only as `process.something`: as a whole it holds the environment.",
    },
  },
  create(context) {
    const path = pathInHouse(context.filename)
    if (isAllowed(path, mayReadEnvironment) || roomOf(path) === "settings") return {}
    const reads = (node) => context.report({ node, messageId: "reads" })
    return {
      ...everyImport(({ node, specifier, names }) => {
        if (specifier !== "process" && specifier !== "node:process") return
        if (names.includes("env") || names.includes("loadEnvFile")) reads(node)
        else if (names.includes("*") || names.includes("default")) context.report({ node, messageId: "whole" })
      }),
      MemberExpression(node) {
        if (!isProcess(node.object) && node.object.type !== "MetaProperty") return
        if (["env", "loadEnvFile"].includes(nameOf(node.property))) reads(node)
        else if (node.computed && node.property.type !== "Literal") reads(node)
      },
      Identifier(node) {
        if (node.name === "process" && isWhole(node)) context.report({ node, messageId: "whole" })
      },
    }
  },
}

/** `process` and `globalThis.process`. */
function isProcess(node) {
  if (node.type === "Identifier") return node.name === "process"
  return node.type === "MemberExpression" && nameOf(node.property) === "process"
}

/** True where `process` is a value of its own: an argument, an alias, the source of a destructuring. */
function isWhole(node) {
  const { parent } = node
  switch (parent.type) {
    case "MemberExpression":
      return parent.object !== node && parent.computed
    case "Property":
      return parent.value === node && parent.parent.type === "ObjectExpression"
    case "VariableDeclarator":
      return parent.init === node
    case "AssignmentExpression":
      return parent.right === node
    default:
      return ["CallExpression", "NewExpression", "SpreadElement", "ReturnStatement", "ArrayExpression"].includes(
        parent.type,
      )
  }
}
