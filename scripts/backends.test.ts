import { describe, expect, it } from "vitest"
import { suitesWithServers } from "./backends.mjs"

describe("suitesWithServers", () => {
  it("finds the suites that use a real server, and no others", () => {
    const suites = suitesWithServers()
    expect(suites).toContain("lib/testing/servers.test.ts")
    expect(suites).toContain("lib/testing/fault-layer.test.ts")
    expect(suites).toContain("scripts/dev-vault.test.ts")
    expect(suites).not.toContain("scripts/backends.test.ts")
    expect(suites).not.toContain("lib/testing/temporary-database.test.ts")
  })
})
