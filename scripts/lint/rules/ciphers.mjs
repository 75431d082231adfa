/** Encryption has one room, so that one reading of lib/crypto tells how values are kept. */
import { pathInHouse } from "../house.mjs"
import { isAllowed } from "../imports.mjs"
import { cipherNames, mayEncrypt } from "../places.mjs"

export const ciphers = {
  meta: {
    type: "problem",
    docs: { description: "Ciphers are made in lib/crypto only" },
    schema: [],
    messages: { place: "Only lib/crypto may use `{{name}}`. Seal and open through it." },
  },
  create(context) {
    if (isAllowed(pathInHouse(context.filename), mayEncrypt)) return {}
    const report = (node, name) => context.report({ node, messageId: "place", data: { name } })
    return {
      Identifier(node) {
        if (cipherNames.includes(node.name) && !isOnlyANewName(node)) report(node, node.name)
      },
      Literal(node) {
        const isName = node.parent.type === "MemberExpression" || node.parent.type === "ImportSpecifier"
        if (isName && cipherNames.includes(node.value)) report(node, node.value)
      },
    }
  },
}

/** `import { other as subtle }` and `<p subtle>` don't use a cipher. */
function isOnlyANewName(node) {
  if (node.parent.type === "ImportSpecifier") return node.parent.imported !== node
  return node.parent.type === "Property" && node.parent.key === node && node.parent.parent.type === "ObjectExpression"
}
