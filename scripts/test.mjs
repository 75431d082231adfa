// `npm test`: every check there is. One that fails doesn't hide the others. The last line says how many passed and
// failed: a tool counts as one, tests count singly, and one that was skipped counts as failed. Where OpenBao can't be
// installed, the suites that run against it are left out and named before that line; with CI=true that is a failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { installOpenBao, suitesWithServers } from "./backends.mjs"
import { bundle, generate } from "./build.mjs"
import { findChromium, installChromium } from "./chromium.mjs"
import { forgetFigures, tableOfFigures } from "./figures.mjs"
import { install } from "./install.mjs"
import { oneAtATime } from "./one-at-a-time.mjs"
import { projectEnvironment, runTool } from "./project.mjs"

const reports = mkdtempSync(join(tmpdir(), "strongroom-reports-"))
const total = { passed: 0, failed: 0 }
const passed = { passed: 1, failed: 0 }
let leftOut = []

await part("install", async () => {
  await oneAtATime(install)
  return passed
})
await part("servers", async () => {
  try {
    await installOpenBao()
    return passed
  } catch (error) {
    if (process.env.CI === "true") throw error
    console.log(error.message)
    leftOut = suitesWithServers()
    return { passed: 0, failed: 0 }
  }
})
await part("build", async () => {
  await oneAtATime(async () => {
    await generate()
    await bundle()
  })
  return passed
})
// Two at a time: each of these keeps one core busy.
await Promise.all([
  inTurn(
    () => part("types", () => tool("typescript/bin/tsc", "--noEmit")),
    () => part("format", () => tool("@biomejs/biome/bin/biome", "ci", ".")),
    () => part("dead code", () => tool("knip/bin/knip.js")),
  ),
  part("lint", () => tool("eslint/bin/eslint.js", ".", "--max-warnings", "0")),
])
forgetFigures()
await part("unit tests", unitTests)
await part("browser tests", browserTests)

rmSync(reports, { recursive: true })
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
const figures = tableOfFigures()
if (figures !== "") console.log(`What the proofs measured, in their quick form:\n${figures}`)
if (leftOut.length > 0) console.log(["Skipped, for want of OpenBao:", ...leftOut].join("\n  "))
console.log(`${total.passed} passed, ${total.failed} failed`)

/** Runs one part, prints how it went and how long it took, and what it said if it failed. */
async function part(name, work) {
  const begun = performance.now()
  const result = await work().catch((error) => ({ passed: 0, failed: 1, printed: error.stack }))
  total.passed += result.passed
  total.failed += result.failed
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  if (result.failed > 0) console.log(result.printed)
  console.log(`${name}: ${result.passed} passed, ${result.failed} failed, ${seconds} s`)
}

async function inTurn(...parts) {
  for (const next of parts) await next()
}

async function tool(file, ...args) {
  const { code, printed } = await runTool(file, args, { output: "kept" })
  return code === 0 ? passed : { passed: 0, failed: 1, printed }
}

async function unitTests() {
  const file = join(reports, "unit.json")
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`]
  for (const suite of leftOut) args.push("--exclude", suite)
  const { code, printed } = await runTool("vitest/vitest.mjs", args, { output: "kept" })
  return count(file, code, printed, ({ testResults }) => {
    // A file that can't even be loaded has no tests in it, and failed.
    const states = testResults.flatMap(({ status, assertionResults }) =>
      assertionResults.length > 0 ? assertionResults.map((test) => test.status) : [status],
    )
    return { passed: states.filter((state) => state === "passed").length, of: states.length }
  })
}

async function browserTests() {
  const chromium = findChromium() ?? (await installChromium())
  const file = join(reports, "browser.json")
  const env = projectEnvironment({
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
    CHROMIUM: chromium,
    SUITES_LEFT_OUT: leftOut.join(" "),
  })
  const args = ["test", "--reporter=list,json"]
  const { code, printed } = await runTool("@playwright/test/cli.js", args, { env, output: "kept" })
  return count(file, code, printed, ({ stats, errors }) => {
    const { expected, unexpected, flaky, skipped } = stats
    return { passed: expected, of: expected + unexpected + flaky + skipped + errors.length }
  })
}

/** What a report says. Without one, or when the runner failed though all its tests passed, that is one failure more. */
function count(file, code, printed, read) {
  if (!existsSync(file)) return { passed: 0, failed: 1, printed }
  const { passed, of } = read(JSON.parse(readFileSync(file, "utf8")))
  const failed = of - passed
  return { passed, failed: failed === 0 && (code !== 0 || of === 0) ? 1 : failed, printed }
}
