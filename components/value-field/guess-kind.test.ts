import { expect, it } from "vitest"
import { guessKind } from "./guess-kind"

it.each([
  ["-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n", "looks like PEM, private key"],
  ["-----BEGIN PRIVATE KEY-----\nMC4C\n", "looks like PEM, cut off"],
  ['{"user": "ledger", "password": "x", "host": "db", "port": 5432}', "JSON, 4 keys"],
  ["[1]", "JSON, 1 item"],
  ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "looks like a JWT"],
  ["https://hooks.example.test/abc", "looks like a URL"],
  ["postgres://ledger:hunter2@db/ledger", "looks like a URL with a password in it"],
  ["0191e1c3-7a55-7c2e-9a60-2d6f5f0a1b2c", "looks like a UUID"],
  ["deadbeefdeadbeefdeadbeefdeadbeef", "looks like hex"],
  ["VGhpcyBpcyBhIHZhbHVlIG9mIDMyIGJ5dGVzIQ==", "could be base64"],
  ["one\ntwo\nthree", "text of 3 lines"],
])("says of %j that it %s", (text, words) => {
  expect(guessKind(text)).toBe(words)
})

it("says nothing of an ordinary password", () => {
  expect(guessKind("correct horse battery staple")).toBeUndefined()
  expect(guessKind("  ")).toBeUndefined()
})

it("repeats nothing of the value but counts and a PEM label", () => {
  const canary = "Canary7Canary7Canary7Canary7"
  for (const text of [canary, `{"${canary}": 1}`, `https://a:${canary}@b/`, `-----BEGIN ${canary}-----`]) {
    expect(guessKind(text) ?? "").not.toContain(canary)
  }
})
