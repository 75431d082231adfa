/**
 * The house, as docs/architecture.md draws it: imports may go only where this table says. The rule `strongroom/rooms`
 * reads it, and so may you.
 *
 * - `where`: a file, or a folder that ends in `/`. The longest match decides which room a file is in.
 * - `mayImport`: rooms. Naming a room names the rooms inside it (`contract` is also `contract/routes`). `types of x`
 *   allows `import type` alone. Every room may import itself.
 * - `packages`: what it may import from outside the house. `node:*` is Node's own library, and `anything` is that.
 *
 * A file that is in no row may neither import nor be imported: a new folder begins with a new row.
 */
export const house = {
  // Foundations: they import nothing, so everything may stand on them.
  secret: { where: ["lib/secret.ts"], mayImport: [], packages: [] },
  errors: { where: ["lib/errors.ts"], mayImport: [], packages: [] },
  "contract/routes": { where: ["lib/contract/routes.ts"], mayImport: [], packages: [] },
  "contract/environment-names": { where: ["lib/contract/environment-names.ts"], mayImport: [], packages: [] },

  // What both ends of the wire agree on. Of it, a browser may load the modules that are plain words and syntax.
  "contract/for browsers": {
    where: ["lib/contract/names.ts", "lib/contract/words.ts", "lib/contract/import-formats.ts"],
    mayImport: ["contract/environment-names"],
    packages: ["zod", "yaml", "papaparse"],
  },
  contract: { where: ["lib/contract/"], mayImport: ["secret", "errors"], packages: ["zod"] },

  // The one reader of process.env and the one writer of logs.
  env: { where: ["lib/env.ts"], mayImport: ["errors"], packages: ["node:*", "zod"] },
  log: { where: ["lib/log.ts"], mayImport: ["types of secret", "errors"], packages: ["node:*"] },

  // Behind the doors.
  crypto: { where: ["lib/crypto/"], mayImport: ["secret", "errors"], packages: ["node:*"] },
  net: { where: ["lib/net/"], mayImport: ["secret", "errors"], packages: ["node:*"] },
  db: {
    where: ["lib/db/"],
    mayImport: ["contract", "secret", "errors", "log"],
    packages: ["node:*", "@prisma/*", "pg"],
  },
  core: {
    where: ["lib/core/"],
    mayImport: [
      "contract",
      "crypto",
      "db",
      "net",
      "providers/provider",
      "providers/registry",
      "secret",
      "errors",
      "log",
    ],
    packages: ["node:*", "jose", "zod"],
  },

  // What a provider needs from us comes in through `open(settings, host)`. It never imports another provider.
  "providers/provider": {
    where: ["lib/providers/provider.ts"],
    mayImport: ["secret", "errors"],
    packages: ["zod"],
  },
  "providers/registry": {
    where: ["lib/providers/registry.ts"],
    mayImport: [
      "providers/provider",
      "providers/memory",
      "providers/local",
      "providers/vault",
      "providers/aws",
      "providers/azure",
      "providers/infisical",
      "errors",
    ],
    packages: [],
  },
  "providers/memory": provider("memory", []),
  "providers/local": provider("local", []),
  "providers/vault": {
    ...provider("vault", []),
    mayImport: [...provider("vault", []).mayImport, "providers/vault/client"],
  },
  // node-vault follows redirects, reads the environment and tells secrets in its errors: one file keeps it from that.
  "providers/vault/client": {
    where: ["lib/providers/vault/client.ts"],
    mayImport: [...provider("vault", []).mayImport, "providers/vault"],
    packages: ["node:*", "node-vault"],
  },
  "providers/aws": provider("aws", ["@aws-sdk/*"]),
  "providers/azure": provider("azure", ["@azure/*"]),
  "providers/infisical": provider("infisical", ["@infisical/*"]),

  // The doors.
  api: { where: ["lib/api/"], mayImport: ["core", "contract", "secret", "errors", "log"], packages: ["node:*"] },
  jobs: { where: ["lib/jobs/"], mayImport: ["core", "contract", "errors", "log"], packages: ["node:*"] },
  front: { where: ["lib/front/"], mayImport: ["errors", "log"], packages: ["node:*"] },

  // The console's process has no key, no database and no core: its entry point can't even import them.
  "process/console": {
    where: ["lib/process/console.ts"],
    mayImport: ["env", "log", "errors"],
    packages: ["node:*", "next"],
  },
  process: {
    where: ["lib/process/"],
    mayImport: [
      "secret",
      "errors",
      "contract",
      "env",
      "log",
      "crypto",
      "net",
      "db",
      "core",
      "providers/provider",
      "providers/registry",
      "api",
      "jobs",
      "front",
    ],
    // A backup's file is read as strictly as a request.
    packages: ["node:*", "pg", "zod"],
  },

  // Clients of the API, the console's pages among them.
  "clients/sdk": {
    where: ["clients/sdk/"],
    mayImport: ["contract/routes", "types of contract", "errors"],
    packages: ["node:*"],
  },
  "clients/cli": {
    where: ["clients/cli/"],
    // The words, forms and file formats that people type, as the console has them too.
    mayImport: ["clients/sdk", "contract/environment-names", "contract/for browsers"],
    packages: ["node:*", "yaml"],
  },
  web: {
    where: ["lib/web/"],
    mayImport: ["contract", "errors", "clients/sdk", "env", "log"],
    packages: ["node:*", "next", "next-auth", "@auth/core", "react", "react-dom", "server-only"],
  },
  app: {
    where: ["app/", "proxy.ts", "instrumentation.ts"],
    mayImport: ["web", "types of contract", "contract/for browsers", "components"],
    packages: ["next", "react", "react-dom", "server-only", "clsx", "lucide-react", "@fontsource-variable/*"],
  },
  "components/ui": {
    where: ["components/ui/"],
    mayImport: [],
    packages: ["next", "react", "react-dom", "@base-ui/react", "@tanstack/*", "clsx", "lucide-react"],
  },
  components: {
    where: ["components/"],
    mayImport: ["components/ui", "types of contract", "contract/for browsers"],
    packages: ["next", "react", "react-dom", "@base-ui/react", "@tanstack/*", "clsx", "lucide-react"],
  },

  // What is not part of the running product. Nothing that is part of it may import these.
  "scripts/lint": {
    where: ["scripts/lint/", "eslint.config.mjs"],
    mayImport: [],
    packages: ["node:*", "eslint", "typescript", "typescript-eslint"],
  },
  scripts: { where: ["scripts/"], mayImport: [], packages: ["anything"] },
  prisma: { where: ["prisma/"], mayImport: ["scripts"], packages: ["anything"] },
  settings: {
    where: [
      "next.config.ts",
      "next-env.d.ts",
      "prisma.config.ts",
      "vitest.config.ts",
      "playwright.config.ts",
      "postcss.config.mjs",
    ],
    mayImport: ["scripts", "tests"],
    packages: ["anything"],
  },
}

/** Tests, and what exists for them alone: they may import what they need, and only they may import them. */
export const tests = ["lib/testing/", "lib/acceptance/", "lib/providers/provider-contract.ts", "e2e/", "bench/"]

function provider(name, itsVendors) {
  return {
    where: [`lib/providers/${name}/`],
    mayImport: ["providers/provider", "secret", "errors"],
    packages: ["node:*", "zod", ...itsVendors],
  }
}
