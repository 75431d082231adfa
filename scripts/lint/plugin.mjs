/** Our own rules, under the name `strongroom/…`. Each is broken on purpose in house-rules.test.ts. */
import { actions } from "./rules/actions.mjs"
import { certainWhere } from "./rules/certain-where.mjs"
import { ciphers } from "./rules/ciphers.mjs"
import { connections } from "./rules/connections.mjs"
import { env } from "./rules/env.mjs"
import { expose } from "./rules/expose.mjs"
import { noWayAround } from "./rules/no-way-around.mjs"
import { powerful } from "./rules/powerful-modules.mjs"
import { rooms } from "./rules/rooms.mjs"
import { secretStaysClosed } from "./rules/secret-stays-closed.mjs"
import { sql } from "./rules/sql.mjs"

export const strongroom = {
  meta: { name: "strongroom" },
  rules: {
    rooms,
    expose,
    env,
    ciphers,
    connections,
    "powerful-modules": powerful,
    "no-way-around": noWayAround,
    "secret-stays-closed": secretStaysClosed,
    sql,
    "certain-where": certainWhere,
    actions,
  },
}
