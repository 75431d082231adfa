import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readApiSettings, readConsoleSettings, readSupervisorSettings, SettingsError, writePlace } from "./env.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "strongroom-env-"))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const apiNeeds = {
  DATABASE_URL: "postgresql://app@localhost/strongroom",
  STRONGROOM_API_URL: "unix:/run/strongroom/api.sock",
  STRONGROOM_CONSOLE_URL: "http://console:3001",
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSupervisorSettings(folder, environment)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

describe("settings", () => {
  it("work without any being set", () => {
    const settings = readSupervisorSettings(folder, {})
    expect(settings.publicUrl.href).toBe("http://localhost:3000/")
    expect(settings.dataFolder).toBe(join(folder, ".strongroom"))
    expect(settings.database).toBeUndefined()
    expect(settings.keys).toBe("none")
  })

  it("take the public address from the port", () => {
    expect(readSupervisorSettings(folder, { PORT: "8080" }).publicUrl.href).toBe("http://localhost:8080/")
  })

  it("come from .env.local before .env, and from the environment before both", () => {
    writeFileSync(join(folder, ".env"), "PORT=1001\nLOG_LEVEL=warn\nSTRONGROOM_DATA=one")
    writeFileSync(join(folder, ".env.local"), "PORT=1002\nLOG_LEVEL=error")
    const settings = readSupervisorSettings(folder, { PORT: "1003" })
    expect(settings.publicUrl.port).toBe("1003")
    expect(settings.logLevel).toBe("error")
    expect(settings.dataFolder).toBe(join(folder, "one"))
  })

  it("take an empty variable for one that isn't set", () => {
    writeFileSync(join(folder, ".env"), "PORT=1001")
    expect(readSupervisorSettings(folder, { PORT: "" }).publicUrl.port).toBe("1001")
  })

  it("name every bad one at once, and say what to do", () => {
    const problems = problemsOf({ PORT: "70000", LOG_LEVEL: "loud", PUBLIC_URL: "https://example.com/strongroom" })
    expect(problems).toHaveLength(3)
    expect(problems[0]).toBe("PORT must be a number from 1 to 65535.")
    expect(problems.join("\n")).toMatch(/PUBLIC_URL must be .* without a path[\s\S]*LOG_LEVEL must be debug/)
  })

  it.each([
    { PORT: "0x50" },
    { HOST: "not a host" },
    { DATABASE_URL: "mysql://localhost/strongroom" },
    { DATABASE_MIGRATION_URL: "postgresql://owner@localhost/strongroom" },
    { STRONGROOM_KEK: "a", STRONGROOM_KEK_FILE: "b" },
    { SECRET_BACKEND: "vault" },
    { SECRET_BACKEND: "vault", VAULT_ADDR: "https://vault.example.com:8200" },
    { SECRETS_PROVIDER: "vault_hcp", VAULT_TOKEN: "hvs.x" },
    { SECRETS_PROVIDER: "vault", VAULT_TOKEN: "hvs.x", VAULT_ADDR: "vault.example.com" },
    { SECRETS_PROVIDER: "local_encrypted", SECRET_BACKEND: "vault", VAULT_TOKEN: "x", VAULT_ADDR: "https://v" },
    { SECRETS_PROVIDER: "aws" },
    { STRONGROOM_EGRESS_ALLOW: "10.2.0.0/33:8200" },
    { STRONGROOM_EGRESS_ALLOW: "10.2.0.0/16:8200, vault.example.com:8200" },
    { STRONGROOM_EGRESS_ALLOW: "10.2.0.0/16:0" },
    { STRONGROOM_EGRESS_LOOPBACK: "yes" },
    { STRONGROOM_TRUST_PROXY: "10.2.0.0/33" },
    { STRONGROOM_TRUST_PROXY: "10.2.0.1, proxy.example.com" },
    { STRONGROOM_METRICS_TOKEN: "short" },
    { STRONGROOM_OIDC: "{" },
    { STRONGROOM_OIDC: '[{"id":"x"}]' },
    { STRONGROOM_OIDC_ISSUER: "https://accounts.example.com" },
    { STRONGROOM_API_URL: "/run/api.sock" },
    { AUTH_SECRET: "short" },
    { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: "c2hvcnQ=" },
  ])("refuse $0", (environment) => {
    expect(problemsOf(environment as Record<string, string>)).not.toHaveLength(0)
  })

  it("quote no value when they refuse it, since it may be a secret", () => {
    const canary = "canary-7f3a"
    const names = [
      "SECRETS_PROVIDER",
      "DATABASE_URL",
      "AUTH_SECRET",
      "STRONGROOM_METRICS_TOKEN",
      "STRONGROOM_OIDC",
      "PORT",
      "LOG_LEVEL",
    ]
    const problems = problemsOf(Object.fromEntries(names.map((name) => [name, canary])))
    expect(problems).toHaveLength(names.length)
    expect(problems.join("\n")).not.toContain(canary)
  })

  it("name what a process can't do without", () => {
    expect(() => readApiSettings({})).toThrow(/DATABASE_URL is missing[\s\S]*STRONGROOM_API_URL is missing/)
    expect(() => readConsoleSettings({})).toThrow("AUTH_SECRET is missing")
  })

  it("keep providers from this machine and from private networks unless they are named", () => {
    expect(readApiSettings(apiNeeds)).toMatchObject({ egressAllow: "", egressLoopback: false })
    const listed = "10.2.0.0/16:8200, [fd00::/8]:8200, 10.1.2.3, fd00::1, 127.0.0.1:18200"
    const named = { ...apiNeeds, STRONGROOM_EGRESS_ALLOW: listed, STRONGROOM_EGRESS_LOOPBACK: "allow" }
    expect(readApiSettings(named)).toMatchObject({ egressAllow: listed.replaceAll(" ", ""), egressLoopback: true })
  })

  it("declare a Vault by the names that others use for it, and say what is missing", () => {
    expect(
      readApiSettings({ ...apiNeeds, VAULT_TOKEN: "somebody's", VAULT_ADDR: "nonsense" }).declaredVault,
    ).toBeUndefined()
    const dev = readApiSettings({ ...apiNeeds, SECRETS_PROVIDER: "vault_dev", VAULT_TOKEN: "root" }).declaredVault
    expect(dev).toEqual({
      kind: "vault_dev",
      settings: { address: "http://127.0.0.1:18200", mount: "secret", prefix: "strongroom" },
      credential: { token: "root" },
    })
    const ours = { VAULT_ADDR: "https://vault.example.com:8200", VAULT_TOKEN: "secret-id", VAULT_ROLE_ID: "role-id" }
    const appRole = readApiSettings({ ...apiNeeds, SECRET_BACKEND: "vault", ...ours, VAULT_NAMESPACE: "admin/pay" })
    expect(appRole.declaredVault).toMatchObject({
      kind: "vault",
      settings: { authMethod: "approle", roleId: "role-id", namespace: "admin/pay" },
      credential: { secretId: "secret-id" },
    })
    expect(problemsOf({ SECRETS_PROVIDER: "vault" })).toEqual([
      expect.stringContaining("VAULT_ADDR is missing"),
      expect.stringContaining("VAULT_TOKEN is missing"),
    ])
  })

  it("say where the other part is met, in the form in which they are written", () => {
    const settings = readApiSettings(apiNeeds)
    expect(settings.apiPlace).toEqual({ socketPath: "/run/strongroom/api.sock" })
    expect(writePlace(settings.apiPlace)).toBe(apiNeeds.STRONGROOM_API_URL)
    expect(writePlace(settings.consolePlace)).toBe("http://console:3001/")
  })

  it("know one OpenID Connect provider from its own variables, and several from a list", () => {
    const listed = { id: "corp", name: "Corp", issuer: "https://id.example.com", clientId: "c", clientSecret: "s" }
    const { oidcProviders } = readApiSettings({
      ...apiNeeds,
      STRONGROOM_OIDC: JSON.stringify([listed]),
      STRONGROOM_OIDC_ISSUER: "http://localhost:4000",
      STRONGROOM_OIDC_CLIENT_ID: "strongroom",
      STRONGROOM_OIDC_CLIENT_SECRET: "from-the-provider",
    })
    expect(oidcProviders.map(({ id }) => id)).toEqual(["oidc", "corp"])
  })
})

describe("the environment of a child", () => {
  const everything = {
    PATH: "/bin",
    PORT: "1234",
    DATABASE_URL: "postgresql://app@localhost/strongroom",
    DATABASE_MIGRATION_URL: "postgresql://owner@localhost/strongroom",
    STRONGROOM_KEK: "key",
    FERNET_SECRET_KEY: "fernet",
    STRONGROOM_METRICS_TOKEN: "a-token-for-metrics",
    AUTH_SECRET: "a".repeat(32),
    NODE_OPTIONS: "--inspect",
    VAULT_TOKEN: "vault",
    HOME: "/root",
  }

  it("of the console has no key and no login to the database", () => {
    const environment = readSupervisorSettings(folder, everything).environmentOf("console", { NODE_ENV: "production" })
    expect(Object.keys(environment).toSorted()).toEqual([
      "AUTH_SECRET",
      "AUTH_URL",
      "HOME",
      "NEXT_TELEMETRY_DISABLED",
      "NODE_ENV",
      "PATH",
      "PORT",
      "__NEXT_PRIVATE_ORIGIN",
      "__NEXT_PROCESSED_ENV",
    ])
  })

  it("of the API has the application's login alone, and nothing that it doesn't know", () => {
    const environment = readSupervisorSettings(folder, everything).environmentOf("api", {})
    expect(environment).toMatchObject({ DATABASE_URL: everything.DATABASE_URL, STRONGROOM_KEK: "key" })
    for (const name of ["DATABASE_MIGRATION_URL", "AUTH_SECRET", "NODE_OPTIONS", "VAULT_TOKEN"]) {
      expect(environment).not.toHaveProperty(name)
    }
  })

  it("of the API has a Vault's variables only where one is declared, the console never", () => {
    const declared = { ...everything, SECRETS_PROVIDER: "vault_dev" }
    const settings = readSupervisorSettings(folder, declared)
    expect(settings.environmentOf("api", {})).toMatchObject({ VAULT_TOKEN: "vault" })
    expect(settings.environmentOf("console", {})).not.toHaveProperty("VAULT_TOKEN")
  })

  it("takes what the supervisor gives only if the child may see it", () => {
    const given = { DATABASE_URL: "postgresql://x@localhost/x", AUTH_SECRET: "b".repeat(32) }
    const environment = readSupervisorSettings(folder, {}).environmentOf("console", given)
    expect(environment).toMatchObject({ AUTH_SECRET: given.AUTH_SECRET })
    expect(environment).not.toHaveProperty("DATABASE_URL")
  })

  it("names the file with the key by its whole path", () => {
    const environment = readSupervisorSettings(folder, { STRONGROOM_KEK_FILE: "kek" }).environmentOf("api", {})
    expect(environment).toEqual({ STRONGROOM_KEK_FILE: join(folder, "kek") })
  })
})
