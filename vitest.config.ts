import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

/**
 * Tests that want a process to themselves: they replace modules, start and kill processes, or measure. All others share
 * their workers' modules, which saves loading the database client and the contract for each of them.
 */
const apart = [
  "lib/acceptance/**/*.test.ts",
  "lib/process/**/*.test.ts",
  "clients/cli/**/*.test.ts",
  "lib/crypto/aead.test.ts",
]

const tests = ["**/*.test.{ts,tsx}"]
const notOurs = [...configDefaults.exclude, "**/e2e/**", "**/.next/**"]
const root = fileURLToPath(new URL("./", import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@\//, replacement: root },
      // It throws outside Next, to keep such modules out of the browser. Tests are no browser.
      { find: "server-only", replacement: `${root}node_modules/server-only/empty.js` },
    ],
  },
  test: {
    exclude: notOurs,
    projects: [
      { extends: true, test: { name: "apart", include: apart, isolate: true } },
      { extends: true, test: { name: "together", include: tests, exclude: [...notOurs, ...apart], isolate: false } },
    ],
    globalSetup: ["lib/testing/start-postgres.ts", "lib/testing/offer-openbao.ts"],
    // Suites that prove a promise have a quick part and a long form, which `npm run prove` runs.
    provide: { isLong: process.env.STRONGROOM_PROVE === "long" },
    pool: "forks",
    // All of them: by default one core is left free, which of two is half.
    maxWorkers: "100%",
    // Bounds for a slow machine that does other things, too: only what hangs meets them.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
