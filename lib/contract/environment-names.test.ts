import { expect, it } from "vitest"
import { isRefusedEnvironmentName } from "./environment-names.ts"
import { ownEnvName } from "./names.ts"

it.each([
  ["a loader's", ["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "GCONV_PATH"]],
  ["an interpreter's", ["NODE_OPTIONS", "PYTHONPATH", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "LUA_INIT_5_4"]],
  ["a virtual machine's", ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CORECLR_PROFILER", "DOTNET_STARTUP_HOOKS"]],
  ["a shell's", ["PATH", "HOME", "BASH_ENV", "ENV", "IFS", "PROMPT_COMMAND"]],
  ["a command's", ["EDITOR", "GIT_SSH_COMMAND", "GIT_CONFIG_KEY_0", "SSH_ASKPASS"]],
  ["a proxy's", ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]],
  ["a certificate store's", ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"]],
  ["one of ours", ["STRONGROOM_TOKEN", "STRONGROOM_URL", "STRONGROOM_"]],
])("refuses %s", (_, names) => {
  expect(names.filter((name) => !isRefusedEnvironmentName(name))).toEqual([])
})

it("doesn't mind case: curl reads http_proxy, and Windows knows none", () => {
  expect(["http_proxy", "Path", "npm_config_script_shell"].every(isRefusedEnvironmentName)).toBe(true)
})

it("lets through what secrets are called", () => {
  const usual = [
    "DATABASE_URL",
    "AWS_SECRET_ACCESS_KEY",
    "NODE_AUTH_TOKEN",
    "NPM_TOKEN",
    "PYTHON_API_KEY",
    "GITHUB_TOKEN",
    "PGPASSWORD",
    "VAULT_TOKEN",
    "PROXY_PASSWORD",
    "MY_PATH",
    "STRONGROOMS",
    "API_KEY",
  ]
  expect(usual.filter(isRefusedEnvironmentName)).toEqual([])
})

it("is what the contract refuses as a secret's own environment name", () => {
  expect(ownEnvName.safeParse("DB_PASSWORD").success).toBe(true)
  expect(ownEnvName.safeParse("LD_PRELOAD").error?.issues[0]?.message).toContain("LD_PRELOAD")
})
