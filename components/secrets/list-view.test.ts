import { expect, it } from "vitest"
import { listAddress, readView, viewQuery, withFilter, withoutFilter } from "./list-view"

const view = (query: string) => readView(new URLSearchParams(query))

it("reads back the view that it wrote into an address", () => {
  const query = "?view=effective&vault=default&vault=shared&category=agent&state=rotation_due&text=db&sort=updated"
  expect(viewQuery(view(query))).toBe(query)
  expect(viewQuery(view(""))).toBe("")
})

it("leaves out what it doesn't know, so that an old link still shows a list", () => {
  expect(viewQuery(view("?category=none&state=drift&sort=size&view=all"))).toBe("")
})

it("asks the API for the same view, and keeps a vault's own page to its vault", () => {
  expect(listAddress("acme.prod", view("?view=effective&vault=other"), undefined, "default")).toBe(
    "/api/v1/scopes/acme.prod/secrets?limit=100&effective=true&vault=default",
  )
  expect(listAddress("acme", view("?text=a%26b"), "next")).toBe(
    "/api/v1/scopes/acme/secrets?limit=100&text=a%26b&cursor=next",
  )
})

it("adds a filter once and takes it off again", () => {
  const one = withFilter(withFilter(view(""), "vault", "default"), "vault", "default")
  expect(one.filters.vault).toEqual(["default"])
  expect(withoutFilter(one, "vault", "default").filters.vault).toEqual([])
})
