import { describe, expect, it } from "vitest"
import { aCertificateAuthority } from "../../testing/certificates.ts"
import { credentialFieldsOf, endpointOf, listCommandOf, settingsOf, targetOf, vaultSettings } from "./settings.ts"

const address = "https://vault.example:8200"
const parse = (given: Record<string, unknown>) => settingsOf("vault").safeParse({ address, mount: "kv", ...given })

function complaintAbout(field: string, given: Record<string, unknown>): string {
  const { error } = parse(given)
  const issue = error?.issues.find(({ path }) => path[0] === field)
  return issue?.message ?? expect.unreachable(`nothing was said about ${field}`)
}

describe("the settings of a Vault", () => {
  it("come out complete, with the defaults of their kind", () => {
    expect(settingsOf("vault_dev").parse({})).toEqual({
      address: "http://127.0.0.1:8200",
      namespace: "",
      mount: "secret",
      prefix: "",
      kvVersion: "detect",
      authMethod: "token",
      authMount: "",
      role: "",
      roleId: "",
      ca: "",
      maxVersions: null,
      deleteVersionAfter: null,
    })
    expect(settingsOf("vault_hcp").parse({ address, mount: "kv" }).namespace).toBe("admin")
    expect(parse({ authMethod: "approle", roleId: "x" }).data?.authMount).toBe("approle")
    expect(parse({ authMethod: "jwt", authMount: "ci/jwt" }).data?.authMount).toBe("ci/jwt")
  })

  it("stay as they are when they are read again, and take nothing else", () => {
    const settings = settingsOf("vault_hcp").parse({ address, mount: "kv", namespace: "" })
    expect(settings.namespace).toBe("admin")
    expect(vaultSettings(settings)).toEqual(settings)
    expect(parse({ token: "s.abc" }).success).toBe(false)
  })

  it("take addresses of scheme, host and port alone", () => {
    for (const [given, kept] of [
      ["https://vault.example:8200/", address],
      ["HTTPS://Vault.Example:443", "https://vault.example"],
      [" http://[::1]:8200 ", "http://[::1]:8200"],
    ]) {
      expect(parse({ address: given }).data?.address).toBe(kept)
    }
    const refused = [
      "",
      "vault.example",
      "vault.example:8200",
      "ftp://vault.example",
      "https://vault.example/v1",
      "https://user:pass@vault.example",
      "https://vault.example?x",
      "https://vault.example#x",
      "javascript:alert(1)",
      "https://a'$(id)'.example:8200",
      "https://a;id.example",
      "https://a`id`.example",
      "https://a&b.example",
      "file:///etc/passwd",
      `https://${"a".repeat(300)}`,
    ]
    for (const given of refused) expect(complaintAbout("address", { address: given })).toContain("address")
    expect(settingsOf("vault_hcp").safeParse({ address: "http://vault.example", mount: "kv" }).success).toBe(false)
  })

  it("keep mounts, prefixes, namespaces and roles to an alphabet that leaves neither a path nor a policy", () => {
    const taken = ["kv", "Team_1", "team/app", "acme.payments.prod", "/kv/", "a/b-c/d_e"]
    const refused = [
      "..",
      "a/../b",
      "a//b",
      ".",
      "./a",
      "a.",
      "a..b",
      "-p",
      "kv*",
      "+",
      "a+b",
      'a"b',
      "a}b",
      "a{{b}}",
      "a b",
      "a\nb",
      "a%2Fb",
      "a#b",
      "a?b",
      "a\\b",
      "ä",
      "a$b",
      "`a`",
      "\0",
    ]
    for (const field of ["mount", "prefix", "namespace", "authMount"]) {
      for (const given of taken) expect(parse({ [field]: given }).success, `${field} ${given}`).toBe(true)
      for (const given of refused) expect(parse({ [field]: given }).success, `${field} ${given}`).toBe(false)
    }
    for (const given of [...refused, "a/b", "/a"]) expect(parse({ role: given }).success, `role ${given}`).toBe(false)
    expect(parse({ mount: "kv/" }).data?.mount).toBe("kv")
  })

  it("refuse Vault's own places", () => {
    for (const mount of ["sys", "sys/policies/acl", "auth/token", "identity", "cubbyhole"]) {
      expect(complaintAbout("mount", { mount })).toContain("Vault's own")
    }
    expect(complaintAbout("namespace", { namespace: "root" })).toContain("leave it empty")
    expect(complaintAbout("mount", { mount: "" })).toContain("Which mount")
  })

  it("ask for what a way to sign in needs, and name its credential", () => {
    expect(complaintAbout("roleId", { authMethod: "approle" })).toContain("role id")
    expect(complaintAbout("role", { authMethod: "kubernetes" })).toContain("role")
    const fields = ["token", "approle", "kubernetes", "jwt"].map((authMethod) => {
      return credentialFieldsOf(settingsOf("vault").parse({ address, mount: "kv", authMethod, role: "r", roleId: "x" }))
    })
    expect(fields).toEqual([["token"], ["secretId"], ["jwt"], ["jwt"]])
  })

  it("take a CA bundle as text: certificates alone, never a path, never a key", () => {
    const authority = aCertificateAuthority()
    const bundle = `# ours\n${authority.certificate}\nsome words\n${aCertificateAuthority("Other").certificate}`
    const kept = parse({ ca: bundle }).data?.ca ?? ""
    expect(kept.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(kept).not.toContain("words")
    const cut = authority.certificate.replace(/[A-Za-z0-9+/]{40}\n/, "")
    for (const ca of [
      "/etc/ssl/ca.pem",
      authority.key,
      `${authority.certificate}${authority.key}`,
      cut,
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ]) {
      const complaint = complaintAbout("ca", { ca })
      expect(complaint).toContain("certificates")
      expect(complaint).not.toContain(authority.key.slice(40, 80))
    }
    expect(complaintAbout("ca", { ca: authority.certificate, address: "http://vault.example" })).toContain("https")
  })

  it("say where a credential goes, and what people approve", () => {
    const settings = settingsOf("vault").parse({
      address: "https://vault.example",
      mount: "kv",
      namespace: "admin",
      prefix: "team/app",
    })
    expect(endpointOf(settings)).toBe("https://vault.example:443")
    expect(targetOf(settings)).toBe("https://vault.example admin/kv/team/app")
    expect(listCommandOf(settings)).toBe("vault kv list -address='https://vault.example' -namespace=admin kv/team/app")
    const trusting = { ...settings, ca: aCertificateAuthority().certificate }
    expect(endpointOf(trusting)).toMatch(/^https:\/\/vault\.example:443 sha256:[0-9a-f]{64}$/)
    expect(endpointOf({ ...settings, prefix: "other", namespace: "" })).toBe(endpointOf(settings))
  })
})
