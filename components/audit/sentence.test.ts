import { describe, expect, it } from "vitest"
import type { AuditEvent } from "@/lib/contract/dto"
import { operations } from "@/lib/contract/operations"
import { outcomes } from "@/lib/contract/words"
import { isKnownAction, plainSentence } from "./sentence"

const actions = [...new Set(Object.values(operations).map(({ audit }) => audit.action))]

function anEvent(facts: Partial<AuditEvent> & { action: string }): AuditEvent {
  return {
    seq: 7,
    at: "2026-05-03T12:00:00.000Z",
    class: "change",
    outcome: "done",
    reason: null,
    actor: { kind: "person", id: "0198d6a0-0000-7000-8000-000000000001", name: "Alice" },
    credential: null,
    address: null,
    scope: "acme.prod",
    vault: null,
    secret: null,
    version: null,
    target: null,
    details: {},
    requestId: "r",
    previous: "",
    hash: "",
    ...facts,
  }
}

const db = { vault: "default", secret: { id: "0198d6a0-0000-7000-8000-000000000002", name: "DB_PASSWORD" } }
const bob = { target: { kind: "person", id: "0198d6a0-0000-7000-8000-000000000003", name: "Bob" } }
const ci = { target: { kind: "service_account", id: "0198d6a0-0000-7000-8000-000000000004", name: "ci" } }
const asCi = { actor: { kind: "service_account" as const, id: ci.target.id, name: "ci" } }
const nobody = { actor: { kind: "nobody" as const, id: null, name: "Nobody" } }
const team = { target: { kind: "team", id: "0198d6a0-0000-7000-8000-000000000005", name: "acme.payments" } }

describe("each action reads as a sentence", () => {
  it.each(actions)("%s, however it ends and however little is known", (action) => {
    expect(isKnownAction(action)).toBe(true)
    for (const outcome of outcomes) {
      const sentence = plainSentence(anEvent({ action, outcome, scope: null }))
      expect(sentence).toMatch(/^Alice \S.*[^\s.,:]\.$/)
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object| {2}| ,/)
    }
  })

  const said: readonly [Partial<AuditEvent> & { action: string }, string][] = [
    [
      { action: "version.roll_back", ...db, version: 6, details: { from: 2 } },
      "Alice rolled back DB_PASSWORD to the value of version 2, made version 6.",
    ],
    [
      { action: "version.roll_back", ...db, details: { from: 2 }, outcome: "conflict" },
      "Alice tried to roll back DB_PASSWORD to the value of version 2, but something stood against it.",
    ],
    [{ action: "version.write", ...db, version: 4 }, "Alice wrote version 4 of DB_PASSWORD."],
    [
      { action: "version.write", ...db, outcome: "denied" },
      "Alice tried to write a version of DB_PASSWORD, but was refused.",
    ],
    [{ action: "version.destroy", ...db, version: 3 }, "Alice destroyed version 3 of DB_PASSWORD."],
    [{ action: "secret.create", ...db, version: 1 }, "Alice made DB_PASSWORD."],
    [
      { action: "secret.change", ...db, details: { changed: "category, owner", renamedFrom: "DB_PASS" } },
      "Alice changed the details of DB_PASSWORD: category, owner, called DB_PASS before.",
    ],
    [{ action: "secret.move", ...db, details: { movedTo: "acme/shared" } }, "Alice moved DB_PASSWORD to acme/shared."],
    [
      { action: "secret.destroy", ...db, actor: { kind: "system", id: null, name: "Strongroom" } },
      "Strongroom destroyed DB_PASSWORD.",
    ],
    [{ action: "secret.read", ...db, ...asCi, version: 4 }, "ci read version 4 of DB_PASSWORD."],
    [
      { action: "secret.read", ...db, ...asCi, version: 4, details: { notModified: true } },
      "ci read version 4 of DB_PASSWORD, which it holds already.",
    ],
    [
      { action: "secret.read_several", ...asCi, vault: "default", details: { names: "A B C D" } },
      "ci read A, B, C and 1 more of the vault default.",
    ],
    [
      { action: "secret.resolve", ...asCi, outcome: "denied" },
      "ci tried to read all that it may of acme.prod, but was refused.",
    ],
    [
      { action: "import.run", vault: "default", details: { created: 3, skipped: 1 } },
      "Alice imported secrets into default of acme.prod: 3 created, 1 skipped.",
    ],
    [
      { action: "grant.create", ...ci, vault: "default", details: { access: "read", prefix: "DB_" } },
      "Alice let ci read the vault default of acme.prod, names that begin with DB_.",
    ],
    [
      { action: "grant.create", ...ci, details: { access: "write", prefix: null } },
      "Alice let ci write every vault of acme.prod.",
    ],
    [
      { action: "grant.revoke", ...ci, details: { access: "read" } },
      "Alice revoked a grant of ci to read in acme.prod.",
    ],
    [
      { action: "access_token.issue", ...ci, details: { name: "runner", expiresInDays: 90 } },
      "Alice issued a token for ci, called runner, good for 90 days.",
    ],
    [
      { action: "service_account.change", ...ci, details: { disabled: true } },
      "Alice changed the service account ci: disabled.",
    ],
    [
      { action: "session.create", target: { kind: "session", id: "s", name: "password" } },
      "Alice signed in by password.",
    ],
    [
      { action: "session.create", target: { kind: "session", id: "s", name: "https://login.acme.example/a" } },
      "Alice signed in by login.acme.example.",
    ],
    [
      { action: "session.create", ...nobody, ...bob, outcome: "denied" },
      "Somebody tried to sign in as Bob, but was refused.",
    ],
    [{ action: "session.create", ...nobody, outcome: "denied" }, "Somebody unknown tried to sign in, but was refused."],
    [{ action: "session.end", ...bob }, "Alice ended a session of Bob."],
    [{ action: "session.end" }, "Alice ended a session."],
    [
      { action: "session.end_all", ...bob, details: { sessionsEnded: 2 } },
      "Alice signed Bob out everywhere, which ended 2 sessions.",
    ],
    [
      { action: "session.end_all", ...bob, details: { sessionsEnded: 1, personalTokensRevoked: 3 } },
      "Alice signed Bob out everywhere, which ended one session and revoked 3 personal tokens.",
    ],
    [
      { action: "invitation.create", details: { role: "lead", expiresInDays: 7 } },
      "Alice invited somebody to acme.prod as lead.",
    ],
    [{ action: "role.assign", ...bob, details: { role: "lead" } }, "Alice gave Bob the role lead in acme.prod."],
    [{ action: "role.remove", ...bob, details: { role: "lead" } }, "Alice took from Bob the role lead in acme.prod."],
    [
      { action: "person.change", ...bob, details: { disabled: true } },
      "Alice changed Bob: disabled, and signed out everywhere.",
    ],
    [{ action: "scope.create", ...team, scope: "acme" }, "Alice made the team acme.payments."],
    [
      { action: "scope.change", scope: "acme.pay", details: { renamedFrom: "acme.payments" } },
      "Alice changed acme.pay, called acme.payments before.",
    ],
    [{ action: "scope.delete", ...team }, "Alice deleted the team acme.payments."],
    [
      { action: "vault.change", vault: "shared", details: { inheritable: false } },
      "Alice changed the vault shared of acme.prod, which is private to its scope.",
    ],
    [
      {
        action: "installation.restore",
        actor: { kind: "system", id: null, name: "The operator" },
        details: { takenAt: "2026-12-01T10:00:00.000Z", lastSeq: 41, sessions: 2, personalTokens: 1, accessTokens: 3 },
      },
      "The operator restored a backup of 2026-12-01T10:00:00.000Z that ends with event 41, and ended 2 sessions and 4 tokens.",
    ],
    [{ action: "setup.complete", scope: "acme" }, "Alice set up Strongroom as the owner of acme."],
    [
      { action: "secret.disable", ...db, outcome: "unchanged" },
      "Alice disabled DB_PASSWORD, which had been done already.",
    ],
  ]
  it.each(said)("%j", (facts, sentence) => {
    expect(plainSentence(anEvent(facts))).toBe(sentence)
  })
})

it("names an action that it doesn't know, and hides none", () => {
  expect(plainSentence(anEvent({ action: "lease.renew" }))).toBe("Alice did “lease.renew”.")
})
