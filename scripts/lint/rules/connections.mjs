/** Connections leave from few places, so that lib/net checks every address that a tenant typed. */
import { leadsTo, pathInHouse } from "../house.mjs"
import { everyImport, isAllowed, nameOf } from "../imports.mjs"
import { connectingGlobals, connectingModules, connectsNothing, mayConnect } from "../places.mjs"

export const connections = {
  meta: {
    type: "problem",
    docs: { description: "Connections are opened in their places only" },
    schema: [],
    messages: { place: "{{what}} opens connections. Core asks lib/net; a provider uses the `fetch` that it is given." },
  },
  create(context) {
    const path = pathInHouse(context.filename)
    if (isAllowed(path, mayConnect)) return {}
    const report = (node, what) => context.report({ node, messageId: "place", data: { what } })
    return {
      ...everyImport(({ node, specifier, typesOnly, names }) => {
        const module = leadsTo(path, specifier ?? "").package ?? ""
        const connects = connectingModules.some((name) => module === name || module.startsWith(`${name}/`))
        if (connects && !typesOnly && !areHarmless(node, names)) report(node, module)
      }),
      "Program:exit"(node) {
        const { through, set } = context.sourceCode.getScope(node)
        const declared = [...set.values()]
          .filter(({ defs }) => defs.length === 0)
          .flatMap(({ references }) => references)
        for (const { identifier, isValueReference } of [...through, ...declared]) {
          const isType = isValueReference === false || identifier.parent.type === "TSTypeQuery"
          if (connectingGlobals.includes(identifier.name) && !isType) report(identifier, identifier.name)
        }
      },
      "MemberExpression[object.name=/^(?:globalThis|window|self)$/]"(node) {
        const name = nameOf(node.property)
        if (connectingGlobals.includes(name)) report(node, name)
      },
    }
  },
}

/** True when only types and what opens nothing are imported. */
function areHarmless(node, names) {
  const areTypes = node.specifiers?.map(({ importKind }) => importKind === "type") ?? []
  return names.length > 0 && names.every((name, index) => areTypes[index] || connectsNothing.includes(name))
}
