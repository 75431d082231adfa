import { describe, expect, it } from "vitest"
import { openEgress } from "../../net/egress.ts"
import { ConnectionError } from "../../providers/provider.ts"
import { guarded } from "./guarded-fetch.ts"

const closed = { allow: [], own: [], loopback: false }
const fetch = guarded(openEgress(closed, async () => [{ address: "10.1.2.3", family: 4 }]).fetch)

async function refusalOf(url: string): Promise<ConnectionError> {
  const request = { method: "GET", url: new URL(url), headers: {}, timeoutMs: 1_000, maxResponseBytes: 10 }
  const error: unknown = await fetch(request).catch((reason: unknown) => reason)
  return error instanceof ConnectionError ? error : expect.unreachable(String(error))
}

describe("what is told of a closed address", () => {
  it.each(["https://10.1.2.3:8200", "https://[fd00::7]:8200"])("is the entry that opens it, for %s", async (url) => {
    const { fault, allowEntry } = await refusalOf(url)
    expect({ fault, allowEntry }).toEqual({ fault: "forbidden_address", allowEntry: new URL(url).host })
  })

  it("isn't what a name leads to: whoever types names would learn a private network's addresses", async () => {
    const { fault, allowEntry, message } = await refusalOf("https://vault.corp.example:8200")
    expect({ fault, allowEntry }).toEqual({ fault: "forbidden_address", allowEntry: "" })
    expect(message).toContain("STRONGROOM_EGRESS_ALLOW")
    expect(message).not.toContain("10.1.2.3")
  })
})
