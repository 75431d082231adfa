import { describe, expect, it } from "vitest"
import { reachable, roomOf, whyNot } from "./house.mjs"

/** DESIGN's import table, written down a second time, by hand: file, what it imports, whether it may. */
const mayImport: [file: string, specifier: string][] = [
  ["lib/contract/dto.ts", "../secret.ts"],
  ["lib/contract/dto.ts", "./routes.ts"],
  ["lib/contract/dto.ts", "zod"],
  ["lib/crypto/envelope.ts", "node:crypto"],
  ["lib/crypto/envelope.ts", "../errors.ts"],
  ["lib/net/egress.ts", "node:dns/promises"],
  ["lib/providers/vault/store.ts", "../provider.ts"],
  ["lib/providers/vault/client.ts", "node-vault"],
  ["lib/providers/aws/store.ts", "@aws-sdk/client-secrets-manager"],
  ["lib/providers/registry.ts", "./vault/index.ts"],
  ["lib/db/client.ts", "./generated/client.ts"],
  ["lib/db/client.ts", "@prisma/adapter-pg"],
  ["lib/core/secrets.ts", "../db/secrets.ts"],
  ["lib/core/secrets.ts", "../providers/registry.ts"],
  ["lib/core/paging.ts", "zod"],
  ["lib/core/identity/sign-in.ts", "../../crypto/passwords.ts"],
  ["lib/api/server.ts", "../core/core.ts"],
  ["lib/jobs/reconcile.ts", "../core/reconcile.ts"],
  ["lib/front/forward.ts", "../errors.ts"],
  ["lib/process/api.ts", "../api/server.ts"],
  ["lib/process/migrations.ts", "pg"],
  ["lib/process/console.ts", "next"],
  ["clients/sdk/client.ts", "../../lib/contract/routes.ts"],
  ["clients/cli/main.ts", "../sdk/client.ts"],
  ["lib/web/api.ts", "@/clients/sdk/client"],
  ["lib/web/auth.ts", "next-auth"],
  ["app/setup/page.tsx", "@/lib/web/api"],
  ["app/setup/page.tsx", "@/components/ui/button"],
  ["app/setup/page.tsx", "@/lib/contract/words.ts"],
  ["app/setup/page.tsx", "./form"],
  ["components/secret-row.tsx", "@/components/ui/button"],
  ["components/import-preview.tsx", "@/lib/contract/import-formats"],
  ["components/ui/button.tsx", "@base-ui/react/button"],
  ["scripts/start.mjs", "node:fs"],
  ["lib/core/secrets.test.ts", "../testing/a-workspace.ts"],
  ["lib/testing/servers.ts", "../api/server.ts"],
  ["e2e/admin.spec.ts", "../lib/testing/canaries.ts"],
]

const mayNotImport: [file: string, specifier: string][] = [
  ["lib/providers/vault/kv2.ts", "node-vault"],
  ["lib/secret.ts", "./errors.ts"],
  ["lib/secret.ts", "node:util"],
  ["lib/errors.ts", "./secret.ts"],
  ["lib/contract/routes.ts", "./dto.ts"],
  ["lib/contract/routes.ts", "zod"],
  ["lib/contract/names.ts", "./dto.ts"],
  ["lib/contract/dto.ts", "../core/core.ts"],
  ["lib/contract/dto.ts", "../env.ts"],
  ["lib/crypto/envelope.ts", "../contract/dto.ts"],
  ["lib/crypto/envelope.ts", "../db/client.ts"],
  ["lib/net/egress.ts", "../core/core.ts"],
  ["lib/providers/vault/store.ts", "../aws/store.ts"],
  ["lib/providers/vault/store.ts", "../registry.ts"],
  ["lib/providers/vault/store.ts", "../../net/egress.ts"],
  ["lib/providers/vault/store.ts", "../../crypto/envelope.ts"],
  ["lib/providers/vault/store.ts", "../../db/client.ts"],
  ["lib/providers/local/store.ts", "@aws-sdk/client-secrets-manager"],
  ["lib/providers/gcp/store.ts", "../provider.ts"],
  ["lib/db/secrets.ts", "../core/secrets.ts"],
  ["lib/db/secrets.ts", "../crypto/envelope.ts"],
  ["lib/core/secrets.ts", "../providers/local/store.ts"],
  ["lib/core/secrets.ts", "../api/server.ts"],
  ["lib/core/secrets.ts", "../web/api.ts"],
  ["lib/core/secrets.ts", "next/headers"],
  ["lib/core/secrets.ts", "react"],
  ["lib/core/secrets.ts", "@prisma/client"],
  ["lib/core/secrets.ts", "pg"],
  ["lib/core/secrets.ts", "../env.ts"],
  ["lib/core/secrets.ts", "../testing/a-workspace.ts"],
  ["lib/api/server.ts", "../db/client.ts"],
  ["lib/api/server.ts", "../crypto/envelope.ts"],
  ["lib/jobs/reconcile.ts", "../db/client.ts"],
  ["lib/front/forward.ts", "../core/core.ts"],
  ["lib/front/forward.ts", "../contract/routes.ts"],
  ["lib/process/api.ts", "../web/api.ts"],
  ["lib/process/api.ts", "next"],
  ["lib/process/api.ts", "@prisma/client"],
  ["lib/process/console.ts", "../core/core.ts"],
  ["lib/process/console.ts", "../crypto/keyring.ts"],
  ["lib/process/console.ts", "./embedded-postgres.ts"],
  ["clients/sdk/client.ts", "../../lib/contract/operations.ts"],
  ["clients/sdk/client.ts", "../../lib/core/core.ts"],
  ["clients/cli/main.ts", "../../lib/contract/routes.ts"],
  ["lib/web/api.ts", "@/lib/core/core"],
  ["lib/web/api.ts", "@/lib/secret"],
  ["app/setup/page.tsx", "@/lib/contract/operations"],
  ["app/setup/page.tsx", "@/lib/db/client"],
  ["app/setup/page.tsx", "@/clients/sdk/client"],
  ["components/secret-row.tsx", "@/lib/web/api"],
  ["components/secret-row.tsx", "@/lib/contract/dto"],
  ["components/secret-row.tsx", "../app/setup/form"],
  ["components/ui/button.tsx", "../secret-row"],
  ["components/ui/button.tsx", "@/lib/contract/words"],
  ["components/ui/button.tsx", "node:fs"],
  ["scripts/start.mjs", "../lib/env.ts"],
  ["lib/core/secrets.ts", "../core/secrets.test.ts"],
  ["lib/attic/thing.ts", "../errors.ts"],
  ["lib/core/secrets.ts", "../attic/thing.ts"],
  ["lib/core/secrets.ts", "../../../elsewhere.ts"],
  ["lib/core/secrets.ts", "../../node_modules/pg/lib/index.js"],
  ["lib/core/secrets.ts", "/etc/passwd"],
  ["lib/core/secrets.ts", "data:text/javascript,1"],
  ["lib/core/secrets.ts", "file:///etc/passwd"],
  ["lib/core/secrets.ts", "fs-extra"],
  ["lib/core/secrets.ts", "../web/../web/api.ts"],
  ["lib/core/secrets.ts", "../web/api.ts?raw"],
  ["app/setup/page.tsx", "@/components/../lib/core/core"],
]

describe("the house's import table", () => {
  it.each(mayImport)("lets %s import %s", (fromPath, specifier) => {
    expect(whyNot({ fromPath, specifier, typesOnly: false })).toBeUndefined()
  })

  it.each(mayNotImport)("doesn't let %s import %s", (fromPath, specifier) => {
    expect(whyNot({ fromPath, specifier, typesOnly: false })).toEqual(expect.any(String))
  })

  it("lets pages, components and the SDK have the contract's types, and says how", () => {
    for (const fromPath of ["app/page.tsx", "components/row.tsx", "clients/sdk/client.ts"]) {
      expect(whyNot({ fromPath, specifier: "@/lib/contract/dto", typesOnly: true })).toBeUndefined()
      expect(whyNot({ fromPath, specifier: "@/lib/contract/dto", typesOnly: false })).toContain("import type")
    }
  })

  it("gives no room more because it only wants types", () => {
    expect(whyNot({ fromPath: "app/page.tsx", specifier: "@/lib/db/client", typesOnly: true })).toBeDefined()
  })

  it.each(["process/console", "app", "components", "clients/cli"])("lets %s reach no key, database or core", (room) => {
    const rooms = [...reachable(room)].filter((name) => /^(core|crypto|db|net|providers|api|jobs)/.test(name))
    expect(rooms).toEqual([])
  })

  it("follows imports from room to room", () => {
    expect(reachable("api")).toContain("crypto")
    expect(reachable("app")).toContain("clients/sdk")
    expect(reachable("components")).not.toContain("secret")
  })

  it("knows a folder by its name and a file without its ending", () => {
    expect(roomOf("components/ui")).toBe("components/ui")
    expect(roomOf("lib/contract/routes")).toBe("contract/routes")
    expect(roomOf("lib/process/console.ts")).toBe("process/console")
    expect(roomOf("lib/consoles.ts")).toBeUndefined()
  })
})
