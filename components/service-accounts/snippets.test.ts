import { expect, it } from "vitest"
import { snippets } from "./snippets"

const secret = { scope: "acme.payments.prod", vault: "default", name: "DB_PASSWORD" }
const given = { origin: "https://strongroom.example", token: "srm_sat_x", secret }

it("writes the token once, where it is to be stored, and nowhere in a command line", () => {
  const [environment, ...commands] = snippets({ ...given, scope: undefined })
  expect(environment?.code).toBe("STRONGROOM_URL=https://strongroom.example\nSTRONGROOM_TOKEN=srm_sat_x")
  for (const { code } of commands) expect(code).not.toContain("srm_sat_x")
})

it("names the scope for an account that isn't a workspace's", () => {
  const [, one, several, all] = snippets({ ...given, scope: "acme.payments" })
  expect(one?.code).toContain("/api/v1/vaults/default/secrets/DB_PASSWORD/value?scope=acme.payments")
  expect(several?.code).toContain('{"names":["DB_PASSWORD"],"scope":"acme.payments"}')
  expect(all?.code).toContain("/api/v1/resolve?scope=acme.payments")
})
