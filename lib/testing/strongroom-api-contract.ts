/**
 * What every implementation of `StrongroomApi` must keep, in process and over HTTP alike. `open` gives the api of
 * whoever the credential belongs to, over the house that the suite furnishes.
 */
import { describe, expect, it } from "vitest"
import type { StrongroomApi } from "../contract/api.ts"
import type { Credential } from "../core/caller.ts"
import { newSetupCode } from "../core/identity/setup.ts"
import { aHouse, type TestHouse } from "./a-house.ts"

export interface OpenedApi extends AsyncDisposable {
  as(credential: Credential): StrongroomApi
}

export function describeStrongroomApi(name: string, open: (house: TestHouse) => Promise<OpenedApi>): void {
  async function aFirstDay() {
    const house = await aHouse()
    const opened = await open(house)
    const code = (await newSetupCode(house.house)) ?? ""
    const owner = { name: "Alice", email: "alice@example.com", password: "correct horse battery staple" }
    const { token = "" } = await opened.as({ kind: "none" }).setUp({ ...owner, code, organization: "acme" })
    const alice = opened.as({ kind: "bearer", token })
    const stop = async (): Promise<void> => {
      await opened[Symbol.asyncDispose]()
      await house[Symbol.asyncDispose]()
    }
    return { house, opened, alice, [Symbol.asyncDispose]: stop }
  }
  const inDefault = { scope: "acme", vault: "default" }

  describe(name, () => {
    it("takes a value in, gives it to a machine verbatim, and to nobody else", async () => {
      await using day = await aFirstDay()
      const { alice, opened } = day
      const value = "  späte Leerzeichen \r\n\t"
      const created = await alice.createSecret({ ...inDefault, name: "DB_PASSWORD", value })
      expect(created).toMatchObject({ outcome: "written", version: { number: 1, origin: "typed", isCurrent: true } })
      expect(JSON.stringify(created)).not.toContain("Leerzeichen")
      await alice.createServiceAccount({ scope: "acme", name: "ci" })
      await alice.grantAccess({ scope: "acme", account: "ci", access: "read" })
      const { token = "" } = await alice.issueToken({ scope: "acme", account: "ci", name: "first" })
      const ci = opened.as({ kind: "bearer", token })
      const read = await ci.readValue({ vault: "default", secret: "db_password" })
      expect(read).toMatchObject({ scope: "acme", name: "DB_PASSWORD", version: 1, value })
      expect(await ci.readValue({ vault: "default", secret: "DB_PASSWORD" }, { ifNoneMatch: read.etag })).toEqual({
        notModified: true,
        etag: read.etag,
      })
      await expect(alice.readValue({ vault: "default", secret: "DB_PASSWORD", scope: "acme" })).rejects.toMatchObject({
        code: "forbidden",
      })
    })

    it("carries bytes that aren't text as base64, both ways", async () => {
      await using day = await aFirstDay()
      const { alice, opened } = day
      const value = Buffer.from([0, 255, 128, 10, 13]).toString("base64")
      await alice.createSecret({ ...inDefault, name: "BYTES", value, encoding: "base64" })
      await alice.createServiceAccount({ scope: "acme", name: "ci" })
      await alice.grantAccess({ scope: "acme", account: "ci", access: "read" })
      const { token = "" } = await alice.issueToken({ scope: "acme", account: "ci", name: "first" })
      const set = await opened.as({ kind: "bearer", token }).resolve({})
      expect(set).toMatchObject({
        scope: "acme",
        env: { BYTES: value },
        entries: [{ name: "BYTES", encoding: "base64" }],
      })
    })

    it("answers an idempotency key's second call like its first, without what is shown once", async () => {
      await using day = await aFirstDay()
      const { alice } = day
      const invite = { scope: "acme", role: "auditor" } as const
      const first = await alice.invite(invite, { idempotencyKey: "invite-once" })
      const second = await alice.invite(invite, { idempotencyKey: "invite-once" })
      expect(first.link).toContain("/join/")
      expect(second).toEqual({ invitation: first.invitation })
      const other = alice.invite({ ...invite, role: "admin" }, { idempotencyKey: "invite-once" })
      await expect(other).rejects.toMatchObject({ code: "conflict" })
    })

    it("throws errors with a code, a message that says what to do, and the fields that are wrong", async () => {
      await using day = await aFirstDay()
      const { alice, opened } = day
      const wrong = alice.createSecret({ ...inDefault, name: "not a name", value: "canary-in-a-bad-call" })
      await expect(wrong).rejects.toMatchObject({ code: "invalid", fields: { name: expect.any(String) as string } })
      await expect(wrong).rejects.not.toThrow("canary-in-a-bad-call")
      await expect(alice.describeScope({ scope: "globex" })).rejects.toMatchObject({ code: "not_found" })
      await expect(opened.as({ kind: "none" }).describeMe({})).rejects.toMatchObject({ code: "unauthenticated" })
    })

    it("pages a list by its cursor until it ends", async () => {
      await using day = await aFirstDay()
      const { alice } = day
      for (const secret of ["a", "b", "c"]) await alice.createSecret({ ...inDefault, name: secret, value: "x" })
      const first = await alice.listSecrets({ scope: "acme", limit: 2 })
      const second = await alice.listSecrets({ scope: "acme", limit: 2, cursor: first.nextCursor ?? "" })
      expect([...first.items, ...second.items].map(({ name: each }) => each)).toEqual(["a", "b", "c"])
      expect(second.nextCursor).toBeNull()
    })

    it("streams the audit log as lines", async () => {
      await using day = await aFirstDay()
      const { alice } = day
      const lines: string[] = []
      for await (const chunk of await alice.exportAudit({ scope: "acme", format: "jsonl" })) lines.push(chunk)
      const events = lines
        .join("")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { action: string })
      expect(events.map(({ action }) => action)).toContain("setup.complete")
    })
  })
}
