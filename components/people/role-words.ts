/** What people read of roles and of what they permit. */
import type { Permission, ScopeNode } from "@/lib/contract/dto"
import { type Role, roleGivenAt, roles } from "@/lib/contract/words"

/** What a role is for, as a sentence. */
export const roleWords: Readonly<Record<Role, string>> = {
  owner: "may do everything, owners and deletion included.",
  admin: "manages teams, people, service accounts and secrets everywhere.",
  auditor: "sees all metadata, history and audit, and changes nothing.",
  lead: "manages the team's people, workspaces, service accounts and secrets.",
  editor: "creates, writes, rolls back, disables and deletes secrets.",
  viewer: "sees what is known of secrets, and their history.",
}

/** What a permission lets somebody do; undefined for what isn't worth a line. */
const permissionWords: Readonly<Partial<Record<Permission, string>>> = {
  "metadata.read": "see what is known of secrets",
  "organization.manage": "manage the organization",
  "scope.manage": "manage scopes",
  "vault.manage": "manage vaults",
  "secret.write": "write secrets",
  "secret.destroy": "destroy secrets",
  "people.read": "see people",
  "people.manage": "manage people",
  "service_account.manage": "manage service accounts",
  delegate: "let machines read",
  "audit.read": "read the audit log",
}

export function rightsOf(permissions: readonly Permission[]): string[] {
  return permissions.flatMap((permission) => permissionWords[permission] ?? [])
}

interface HeldRole {
  scope: string
  role: Role
}

// As the API has it: nobody gives a role that stands above their own.
const rank: Readonly<Record<Role, number>> = { owner: 5, admin: 4, lead: 3, auditor: 2, editor: 2, viewer: 1 }
const giving: ReadonlySet<Role> = new Set(["owner", "admin", "lead"])

/** The roles that somebody may give at a scope. The API decides; this is what a form offers. */
export function rolesToGive(held: readonly HeldRole[], { path, kind }: Pick<ScopeNode, "path" | "kind">): Role[] {
  const most = Math.max(
    0,
    ...held
      .filter(({ scope, role }) => giving.has(role) && `${path}.`.startsWith(`${scope}.`))
      .map(({ role }) => rank[role]),
  )
  return roles.filter((role) => roleGivenAt[role].includes(kind) && rank[role] <= most)
}
