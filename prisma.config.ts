import { fileURLToPath } from "node:url"
import { defineConfig } from "prisma/config"

// Nothing is downloaded: the Prisma CLI talks to the WebAssembly schema engine that npm delivers.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(new URL("scripts/schema-engine.mjs", import.meta.url))
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= "1"

// Only the commands that talk to a database need one; `generate` works without.
const url = process.env.DATABASE_MIGRATION_URL ?? process.env.DATABASE_URL

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  ...(url === undefined ? {} : { datasource: { url } }),
})
