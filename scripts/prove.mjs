// `npm run prove [-- PATTERN…]`: the suites that hold the product to its promises, at their full length, and one table
// of what they measured. `npm test` runs the quick part of each. Exit code 1 when a promise didn't hold.
import { installOpenBao } from "./backends.mjs"
import { bundle, generate } from "./build.mjs"
import { findChromium, installChromium } from "./chromium.mjs"
import { forgetFigures, tableOfFigures } from "./figures.mjs"
import { install } from "./install.mjs"
import { oneAtATime } from "./one-at-a-time.mjs"
import { projectEnvironment, runTool } from "./project.mjs"

await oneAtATime(install)
await installOpenBao()
await oneAtATime(async () => {
  await generate()
  await bundle()
})
forgetFigures()
const chosen = process.argv.slice(2)
const env = projectEnvironment({ STRONGROOM_PROVE: "long", CHROMIUM: findChromium() ?? (await installChromium()) })
const suites = await runTool("vitest/vitest.mjs", ["run", ...(chosen.length > 0 ? chosen : ["lib/acceptance"])], {
  env,
})
const browser = chosen.length > 0 ? { code: 0 } : await runTool("@playwright/test/cli.js", ["test"], { env })
console.log(tableOfFigures())
process.exitCode = suites.code === 0 && browser.code === 0 ? 0 : 1
