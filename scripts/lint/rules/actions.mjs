/**
 * A server action is an endpoint that anyone may call with anything, and whose source can leak. So it lives in a file
 * that begins with "use server", takes FormData (after the previous state, where a form keeps one), and holds no
 * constant that looks like a credential.
 */

import { looksLikeACredential } from "../credentials.mjs"
import { nameOf } from "../imports.mjs"
import { typesIn } from "../types.mjs"

export const actions = {
  meta: {
    type: "problem",
    docs: { description: '"use server" files export async functions of FormData, and no constant secrets' },
    schema: [],
    messages: {
      inline:
        'An action lives in a file that begins with "use server": inside a function it would carry what it closes over.',
      export: "Export actions by name, where they are declared: every export of this file is an endpoint.",
      action: "An action is an async function of `(form: FormData)` or `(previous: State, form: FormData)`.",
      credential:
        "This looks like a credential, and the source of an action can leak. Read it from api when it's needed.",
    },
  },
  create(context) {
    const types = typesIn(context)
    const { body } = context.sourceCode.ast
    const isActionFile = body.some((node) => isUseServer(node))
    const report = (node, messageId) => context.report({ node, messageId })
    if (!isActionFile) {
      return {
        ":function > BlockStatement > ExpressionStatement"(node) {
          if (isUseServer(node)) report(node, "inline")
        },
      }
    }

    const checkAction = (node) => {
      if (types === undefined) return
      const signatures = types.typeOf(node).getCallSignatures()
      if (!signatures.some((signature) => isAction(types.checker, signature))) report(node, "action")
    }

    return {
      ExportNamedDeclaration(node) {
        if (node.exportKind === "type") return
        if (node.declaration?.type === "FunctionDeclaration") checkAction(node.declaration.id)
        else if (node.declaration?.type === "VariableDeclaration") {
          for (const { id } of node.declaration.declarations) checkAction(id)
        } else if (node.specifiers.some(({ exportKind }) => exportKind !== "type") || node.declaration) {
          report(node, "export")
        }
      },
      "ExportDefaultDeclaration, ExportAllDeclaration": (node) => report(node, "export"),
      Literal(node) {
        const name = nameOf(node.parent.id ?? node.parent.key)
        if (looksLikeACredential(node.value, name)) report(node, "credential")
      },
      TemplateElement(node) {
        if (looksLikeACredential(node.value.cooked)) report(node, "credential")
      },
    }
  },
}

function isUseServer(node) {
  return node.type === "ExpressionStatement" && node.expression.value === "use server"
}

/** True for `(form: FormData) => Promise<…>`, with an object, null or undefined as a first parameter if there are two. */
function isAction(checker, signature) {
  const parameters = signature.getParameters().map((parameter) => checker.getTypeOfSymbol(parameter))
  const form = parameters.at(-1)
  const isForm = form?.getSymbol()?.name === "FormData"
  const isAsync = signature.getReturnType().getSymbol()?.name === "Promise"
  return isForm && isAsync && parameters.length <= 2 && parameters.slice(0, -1).every((state) => isState(state))
}

/** A form's previous state is an object or nothing. Text or a number would be an argument bound by the page. */
function isState(type) {
  if (type.isUnion()) return type.types.every((part) => isState(part))
  return !/^(string|number|boolean|bigint|any|unknown)$|^["\d]/.test(typeName(type))
}

function typeName(type) {
  return type.intrinsicName ?? (type.isStringLiteral() ? '"' : type.isNumberLiteral() ? "0" : "")
}
