import { expect, it } from "vitest"
import { faultsOf } from "./faults-of"
import { likelyConsents } from "./likely-consents"

function form(fields: Record<string, string>): FormData {
  const data = new FormData()
  for (const [name, text] of Object.entries(fields)) data.set(name, text)
  return data
}

it("tells by the settings alone what has to be ticked before a token is made", () => {
  expect(likelyConsents(form({ kind: "vault", "settings.address": "https://v:8200" }))).toEqual([])
  expect(likelyConsents(form({ kind: "vault_dev", "settings.address": "" }))).toEqual([
    "plain_http",
    "development_server",
  ])
  expect(likelyConsents(form({ kind: "vault", "settings.address": "https://v", "settings.ca": "-----BEGIN" }))).toEqual(
    ["own_authority"],
  )
})

it("puts a fault at the field of the form, whichever name the kind of provider gave it", () => {
  expect(faultsOf({ mount: "Which mount?", "settings.address": "Not a URL." })).toMatchObject({
    "settings.mount": "Which mount?",
    "settings.address": "Not a URL.",
  })
  expect(faultsOf(undefined)).toEqual({})
})
