/** Runs once before all tests: one embedded Postgres, whose migrated database is the template of each test's own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { startEmbeddedPostgres } from "../process/embedded-postgres.ts"
import { runMigrations } from "../process/migrations.ts"
import { socketFolderOf } from "../process/private-folder.ts"

declare module "vitest" {
  interface ProvidedContext {
    postgres: { adminUrl: string; ownerUrl: string; appUrl: string }
  }
}

export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-test-"))
  const sockets = socketFolderOf(folder, "postgres")
  // Nobody needs these rows after a power failure.
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" }
  const { adminUrl, ownerUrl, appUrl, stop } = await startEmbeddedPostgres({ folder, settings })
  const migrations = join(import.meta.dirname, "..", "..", "prisma", "migrations")
  if (existsSync(migrations)) await runMigrations({ ownerUrl, folder: migrations })
  project.provide("postgres", { adminUrl, ownerUrl, appUrl })
  return async () => {
    await stop()
    for (const path of [folder, sockets]) rmSync(path, { recursive: true, force: true })
  }
}
