import { expect, it } from "vitest"
import { lengthPrefixed } from "../crypto/aead.ts"
import { Key, keyedHash } from "../crypto/key.ts"
import type { AuditRow } from "../db/audit-log.ts"
import { newId } from "../db/ids.ts"
import { canonicalJson, hashOf } from "./audit.ts"

it("hashes an event as its module says: everything in the row, in canonical JSON, after its place and its predecessor", () => {
  const row: AuditRow = {
    organizationId: newId(),
    class: "disclosure",
    action: "secret.read",
    outcome: "done",
    reason: null,
    actorKind: "service_account",
    actorId: newId(),
    actorName: 'a "name" é',
    credentialKind: "access_token",
    credentialId: newId(),
    address: "2001:db8::1",
    scopeId: newId(),
    scope: "acme",
    vault: "default",
    secretId: newId(),
    secretName: "DB",
    version: 3,
    targetKind: null,
    targetId: null,
    targetName: null,
    details: { zebra: 1, apple: "x", Middle: true },
    requestId: "r",
  }
  const key = Key.random()
  const at = new Date("2026-01-02T03:04:05.678Z")
  const previous = Buffer.alloc(32, 7)
  const place = lengthPrefixed([Buffer.from(row.organizationId), Buffer.from("12")])
  const text = Buffer.from(canonicalJson({ ...row, at: at.toISOString() }))
  expect(hashOf(key, row, 12n, at, previous)).toEqual(keyedHash(key, Uint8Array.of(0), place, previous, text))
})
