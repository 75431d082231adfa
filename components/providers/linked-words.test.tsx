import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, it } from "vitest"
import { LinkedWords } from "./linked-words"

const shown = (text: string): string => renderToStaticMarkup(<LinkedWords text={text} />)

describe("links in a check's words", () => {
  it("lead to the backends' documentation", () => {
    const docs = "https://developer.hashicorp.com/vault/docs/concepts/production-hardening"
    expect(shown(`Harden it: ${docs} (Vault), https://openbao.org/docs/internals/security (OpenBao)`)).toContain(
      `href="${docs}"`,
    )
  })

  it.each(["https://evil.example/login", "https://openbao.org.evil.example/x", "https://openbao.org@evil.example/x"])(
    "don't lead where a server says: %s",
    (address) => {
      expect(shown(`It is of the namespace "${address}".`)).not.toContain("href")
    },
  )
})
