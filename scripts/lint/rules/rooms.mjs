/** Imports may go only where the table in rooms.mjs says. */
import { pathInHouse, whyNot } from "../house.mjs"
import { everyImport, isAllowed } from "../imports.mjs"
import { mayLoadAnything } from "../places.mjs"

export const rooms = {
  meta: {
    type: "problem",
    docs: { description: "Imports go only where the table of the house says" },
    schema: [],
    messages: {
      refused: "{{reason}}.",
      unreadable: "Lint can't see where this import leads. Import by a text that stands here.",
    },
  },
  create(context) {
    const fromPath = pathInHouse(context.filename)
    return everyImport(({ node, specifier, typesOnly, names }) => {
      if (specifier === undefined) {
        if (!isAllowed(fromPath, mayLoadAnything)) context.report({ node, messageId: "unreadable" })
        return
      }
      if (names.includes("createRequire") && !isAllowed(fromPath, mayLoadAnything)) {
        context.report({ node, messageId: "unreadable" })
      }
      const reason = whyNot({ fromPath, specifier, typesOnly })
      if (reason !== undefined) context.report({ node, messageId: "refused", data: { reason } })
    })
  },
}
