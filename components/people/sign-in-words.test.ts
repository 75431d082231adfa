import { expect, it } from "vitest"
import { browserWords, signInWords } from "./sign-in-words"

it("says how somebody signs in, with the host of an identity provider", () => {
  expect(signInWords(["password", "https://login.acme.example/realms/a"])).toBe("password and login.acme.example")
  expect(signInWords([])).toBe("nothing yet")
})

it("names a browser by the mark that no other bears", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
  expect(browserWords(chrome)).toBe("Chrome on Linux")
  expect(browserWords(`${chrome} Edg/131.0`)).toBe("Edge on Linux")
  expect(browserWords("curl/8.5.0")).toBe("curl/8.5.0")
  expect(browserWords(null)).toBe("an unknown browser")
})
