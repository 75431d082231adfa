/** Every command, in the order of `--help`. Adding one is a line here and a file in `commands/`. */
import type { Command } from "./command.ts"

export interface CommandEntry {
  /** The words that call it. */
  name: string
  summary: string
  load: () => Promise<Command>
}

export const commands: readonly CommandEntry[] = [
  entry("setup", "make the first owner of an installation", () => import("./commands/setup.ts")),
  entry("login", "keep a token for the calls that follow", () => import("./commands/login.ts")),
  entry("logout", "forget the token that login keeps", () => import("./commands/logout.ts")),
  entry("whoami", "who asks, with which credential", () => import("./commands/whoami.ts")),

  entry("run", "start a program with the values in its environment", () => import("./commands/run.ts")),
  entry("read", "one value, to standard output", () => import("./commands/read.ts")),
  entry("inject", "fill a template's references in", () => import("./commands/inject.ts")),
  entry("export", "all values, as env, json, yaml, docker or k8s", () => import("./commands/export.ts")),
  entry("check", "whether all that programs declare is there", () => import("./commands/check.ts")),
  entry("apply", "make the vaults that programs declare", () => import("./commands/apply.ts")),

  entry("scope list", "the scopes that you may see", () => import("./commands/scope-list.ts")),
  entry("scope use", "choose the scope of the calls that follow", () => import("./commands/scope-use.ts")),

  entry("secret vault create", "make a vault", () => import("./commands/secret-vault-create.ts")),
  entry("secret vault list", "the vaults of a scope", () => import("./commands/secret-vault-list.ts")),
  entry("secret create", "keep a new secret", () => import("./commands/secret-create.ts")),
  entry("secret list", "the secrets of a scope", () => import("./commands/secret-list.ts")),
  entry("secret describe", "what is known of a secret, never its value", () => import("./commands/secret-describe.ts")),
  entry("secret set", "write a new version", () => import("./commands/secret-set.ts")),
  entry("secret generate", "write a new version that nobody knows", () => import("./commands/secret-generate.ts")),
  entry(
    "secret rollback",
    "make an old version's value the current one",
    () => import("./commands/secret-rollback.ts"),
  ),
  entry("secret disable", "let reads of a secret fail", () => import("./commands/secret-disable.ts")),
  entry("secret enable", "let a disabled secret be read again", () => import("./commands/secret-enable.ts")),
  entry("secret delete", "delete a secret; it can be restored", () => import("./commands/secret-delete.ts")),
  entry("secret restore", "bring a deleted secret back", () => import("./commands/secret-restore.ts")),
  entry("secret history", "a secret's versions", () => import("./commands/secret-history.ts")),
  entry("secret import", "import a .env, JSON, YAML or CSV file", () => import("./commands/secret-import.ts")),
  entry("secrets register", "register a backend, by questions", () => import("./commands/secrets-register.ts")),

  entry("provider list", "where a scope's secrets can be kept", () => import("./commands/provider-list.ts")),
  entry("provider check", "check a registered provider now", () => import("./commands/provider-check.ts")),
  entry("provider add", "register a backend, by options", () => import("./commands/provider-add.ts")),
  entry(
    "provider bootstrap",
    "make a team's own access at a backend",
    () => import("./commands/provider-bootstrap.ts"),
  ),

  entry("account create", "make a service account: a machine's identity", () => import("./commands/account-create.ts")),
  entry("account grant", "let a service account read or write", () => import("./commands/account-grant.ts")),
  entry("account list", "the service accounts of a scope", () => import("./commands/account-list.ts")),
  entry("token issue", "issue an access token of a service account", () => import("./commands/token-issue.ts")),
  entry("token list", "the access tokens of a service account", () => import("./commands/token-list.ts")),
  entry("token revoke", "revoke an access token", () => import("./commands/token-revoke.ts")),

  entry("completion", "what a shell needs to complete commands", () => import("./commands/completion.ts")),
]

function entry(name: string, summary: string, load: () => Promise<Readonly<Record<string, unknown>>>): CommandEntry {
  // Each file in commands/ exports one command, and nothing else.
  return { name, summary, load: async () => Object.values(await load())[0] as Command }
}

/** The command that these words call, and what is left of them. The longest name counts. */
export function findCommand(typed: readonly string[]): (CommandEntry & { rest: string[] }) | undefined {
  const found = commands
    .filter(({ name }) => name.split(" ").every((word, index) => typed[index] === word))
    .sort((one, other) => other.name.length - one.name.length)[0]
  return found && { ...found, rest: typed.slice(found.name.split(" ").length) }
}
