// `npm run kek|backup|restore -- …`: what the operator does to the database and its keys. The work is in
// lib/process/operator.ts; here is only what makes it ready to run. The exit code is that of the command.
import { join } from "node:path"
import { generate } from "./build.mjs"
import { install } from "./install.mjs"
import { oneAtATime } from "./one-at-a-time.mjs"
import { runTool } from "./project.mjs"

try {
  await oneAtATime(async () => {
    await install()
    await generate()
  })
  const command = join("..", "lib", "process", "operator.ts")
  process.exitCode = (await runTool(command, process.argv.slice(2))).code
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
