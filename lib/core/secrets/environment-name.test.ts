import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { aHouse, type TestHouse } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"

const at = { scope: "acme.payments", vault: "default" }
const refused = { code: "invalid", fields: { envName: expect.stringMatching(/Choose another environment name\.$/) } }

let house: TestHouse
let editor: PersonCaller
beforeAll(async () => {
  house = await aHouse()
  editor = await house.person(await house.organization(), { role: "editor", at: "acme.payments" })
})
afterAll(async () => house[Symbol.asyncDispose]())

describe("an environment name that would change what a program does", () => {
  it.each(["LD_PRELOAD", "NODE_OPTIONS", "HTTPS_PROXY", "SSL_CERT_FILE", "PATH", "STRONGROOM_TOKEN"])(
    "is refused for a new secret: %s",
    async (envName) => {
      const wanted = { ...at, name: `FOR_${envName}`, value: "v", envName }
      await expect(house.call("createSecret", editor, wanted)).rejects.toMatchObject(refused)
      expect(await house.database.prisma.secret.count({ where: { name: wanted.name } })).toBe(0)
    },
  )

  it("is refused where it would come from the secret's own name, unless the secret gets another", async () => {
    const wanted = { ...at, name: "https-proxy", value: "v" }
    await expect(house.call("createSecret", editor, wanted)).rejects.toMatchObject(refused)
    const { secret } = await house.call("createSecret", editor, { ...wanted, envName: "OUR_PROXY" })
    expect(secret).toMatchObject({ name: "https-proxy", envName: "OUR_PROXY" })
    const change = { ...at, secret: "https-proxy", envName: null }
    await expect(house.call("changeSecret", editor, change)).rejects.toMatchObject(refused)
  })

  it("is refused when a secret is given it, or is renamed into it", async () => {
    await house.call("createSecret", editor, { ...at, name: "PLAIN", value: "v" })
    for (const change of [{ envName: "BASH_ENV" }, { name: "bash.env" }]) {
      const call = house.call("changeSecret", editor, { ...at, secret: "PLAIN", ...change })
      await expect(call).rejects.toMatchObject(refused)
    }
    expect(await house.call("changeSecret", editor, { ...at, secret: "PLAIN", description: "mine" })).toMatchObject({
      envName: "PLAIN",
    })
  })
})
