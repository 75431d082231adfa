import { defineConfig, devices } from "@playwright/test"

const desktop = { ...devices["Desktop Chrome"], viewport: { width: 1280, height: 860 } }

/**
 * The product as it is served, in a real browser. The journeys make an organization and its secrets, each page is then
 * looked at in every width and colour scheme, and at last all that left is searched for the values that went in.
 */
export default defineConfig({
  testDir: "e2e",
  // Those that need a server which this machine can't have: scripts/test.mjs names them.
  testIgnore: (process.env.SUITES_LEFT_OUT ?? "").split(" ").flatMap((suite) => (suite === "" ? [] : [`**/${suite}`])),
  globalSetup: "./e2e/support/start-strongroom.ts",
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  outputDir: "test-results",
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--disable-quic", "--no-first-run"],
    },
    trace: "retain-on-failure",
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    ...desktop,
  },
  projects: [
    // One after the other: each begins with what the one before it made.
    { name: "journeys", workers: 1, testMatch: "journeys/**/*.spec.ts" },
    // They look, and change nothing.
    { name: "pages", fullyParallel: true, testMatch: "pages/**/*.spec.ts", dependencies: ["journeys"] },
    { name: "canaries", testMatch: "canaries.spec.ts", dependencies: ["journeys", "pages"] },
  ],
})
