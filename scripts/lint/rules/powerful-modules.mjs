/** Starting programs, and opening ours to a debugger, has few places: places.mjs lists them. */
import { leadsTo, pathInHouse } from "../house.mjs"
import { everyImport, isAllowed } from "../imports.mjs"
import { powerfulModules } from "../places.mjs"

export const powerful = {
  meta: {
    type: "problem",
    docs: { description: "Modules that start programs are imported in their places only" },
    schema: [],
    messages: { place: "{{module}} is for {{places}} alone." },
  },
  create(context) {
    const path = pathInHouse(context.filename)
    return everyImport(({ node, specifier }) => {
      const module = leadsTo(path, specifier ?? "").package
      const places = module === undefined ? undefined : powerfulModules[module]
      if (places === undefined || isAllowed(path, places)) return
      context.report({ node, messageId: "place", data: { module, places: places.join(", ") || "nobody" } })
    })
  },
}
