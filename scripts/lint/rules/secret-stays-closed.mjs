/**
 * A Secret doesn't go where its type would be forgotten: into text, into JSON, logs and errors, into a page, into
 * anything that takes `unknown`. At run time `Secret` itself refuses or prints nothing; this rule says so earlier.
 */
import ts from "typescript"
import { pathInHouse } from "../house.mjs"
import { isAllowed } from "../imports.mjs"
import { holdsSecret, isOpaque, isSecret, typesIn } from "../types.mjs"

/** They take any type by a type parameter, or what can become text, so that their own signature tells nothing. */
const copiers = ["structuredClone", "postMessage", "serialize", "send", "query", "createElement", "cloneElement"]
const directCopiers = ["Buffer.from", "Object.assign"]

/** They turn what they are called on into text, and each item of a list with it. */
const toText = ["toString", "toLocaleString", "valueOf", "join"]

export const secretStaysClosed = {
  meta: {
    type: "problem",
    docs: { description: "A Secret isn't put into text, JSON, logs, errors, pages or anything untyped" },
    schema: [],
    messages: {
      text: "A Secret can't become text. Say which secret it is, by name.",
      untyped: "A Secret may not go where its type is forgotten (any, unknown, object). Hand on what describes it.",
      page: "A Secret may not be rendered, nor be a prop: whatever a component holds goes to the browser.",
      thrown: "A Secret may not be thrown: errors are logged.",
      spread: "A Secret can't be taken apart.",
    },
  },
  create(context) {
    if (isAllowed(pathInHouse(context.filename), [])) return {}
    const types = typesIn(context)
    if (types === undefined) return {}
    const { checker, typeOf, inTypeScript } = types
    const holds = (node) => holdsSecret(checker, typeOf(node))
    const report = (node, messageId) => context.report({ node, messageId })

    /** Reports a Secret that goes where its surroundings expect anything. */
    function checkPlace(node) {
      const expected = checker.getContextualType(inTypeScript(node))
      if (expected !== undefined && isOpaque(checker, expected) && holds(node)) report(node, "untyped")
    }

    function checkArguments(node) {
      const isCopier = copiers.includes(lastName(node.callee))
      const isDirectCopier = directCopiers.includes(context.sourceCode.getText(node.callee))
      const call = inTypeScript(node)
      const signature = checker.getResolvedSignature(call)
      if (signature !== undefined && isTypeGuard(checker, signature)) return
      node.arguments.forEach((argument, index) => {
        const given = argument.type === "SpreadElement" ? argument.argument : argument
        if (isDirectCopier && isSecret(typeOf(given))) return report(given, "untyped")
        if (!isCopier && !isOpaque(checker, parameterType(checker, signature, index, call))) return
        if (holds(given)) report(given, "untyped")
      })
    }

    return {
      "TemplateLiteral > .expressions"(node) {
        if (isSecret(typeOf(node))) report(node, "text")
      },
      BinaryExpression(node) {
        if (node.operator !== "+") return
        for (const side of [node.left, node.right]) if (isSecret(typeOf(side))) report(side, "text")
      },
      AssignmentExpression(node) {
        if (!isSecret(typeOf(node.right))) return
        if (node.operator === "+=") report(node.right, "text")
        else if (isOpaque(checker, typeOf(node.left))) report(node.right, "untyped")
      },
      UnaryExpression(node) {
        if (["+", "-", "~"].includes(node.operator) && isSecret(typeOf(node.argument))) report(node, "text")
      },
      VariableDeclarator(node) {
        if (node.init === null || node.id.typeAnnotation === undefined) return
        if (isOpaque(checker, typeOf(node.id)) && holds(node.init)) report(node.init, "untyped")
      },
      TSAsExpression(node) {
        if (isOpaque(checker, typeOf(node)) && holds(node.expression)) report(node, "untyped")
      },
      MemberExpression(node) {
        if (toText.includes(node.property.name) && holds(node.object)) report(node, "text")
      },
      Property(node) {
        if (node.parent.type === "ObjectExpression" && isSecret(typeOf(node.value))) checkPlace(node.value)
      },
      ReturnStatement(node) {
        if (node.argument !== null) checkPlace(node.argument)
      },
      ArrowFunctionExpression(node) {
        if (node.body.type !== "BlockStatement") checkPlace(node.body)
      },
      CallExpression: checkArguments,
      NewExpression: checkArguments,
      ThrowStatement(node) {
        if (holds(node.argument)) report(node, "thrown")
      },
      "JSXExpressionContainer, JSXSpreadAttribute"(node) {
        const rendered = node.expression ?? node.argument
        if (rendered.type !== "JSXEmptyExpression" && holds(rendered)) report(node, "page")
      },
      SpreadElement(node) {
        if (node.parent.type === "ObjectExpression" && isSecret(typeOf(node.argument))) report(node, "spread")
      },
      "ForInStatement, ForOfStatement"(node) {
        if (isSecret(typeOf(node.right))) report(node.right, "spread")
      },
    }
  },
}

/** `value is T` only looks at what it is given. */
function isTypeGuard(checker, signature) {
  return checker.getTypePredicateOfSignature(signature)?.kind === ts.TypePredicateKind.Identifier
}

/** The type of the parameter that takes the argument at `index`; of a rest parameter, its items' type. */
function parameterType(checker, signature, index, call) {
  const parameters = signature?.getParameters() ?? []
  const parameter = parameters[Math.min(index, parameters.length - 1)]
  if (parameter === undefined) return checker.getUnknownType?.() ?? checker.getAnyType()
  const type = checker.getTypeOfSymbolAtLocation(parameter, call)
  const isRest = index >= parameters.length - 1 && parameter.valueDeclaration?.dotDotDotToken !== undefined
  return isRest ? (checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? type) : type
}

function lastName(callee) {
  return callee.type === "MemberExpression" ? callee.property.name : callee.name
}
