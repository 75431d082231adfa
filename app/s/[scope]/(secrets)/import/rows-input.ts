import type { InputOf } from "@/lib/contract/api"
import { textOf } from "@/lib/web/form"

/**
 * The rows of a batch, which come as one field of JSON: multipart bodies would change the line breaks of plain text.
 * What a row may hold is the API's to check. Text that isn't JSON becomes no rows, and the API says that there are none;
 * the parser's own words would quote what it read.
 */
export function rowsIn(form: FormData): InputOf<"runImport">["rows"] {
  try {
    // Whatever it is, it goes to the API and nowhere else, and there the schema decides.
    return JSON.parse(textOf(form, "rows")) as InputOf<"runImport">["rows"]
  } catch {
    return []
  }
}
