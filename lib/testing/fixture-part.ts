/**
 * A part for tests of the supervisor: serves its own process id and environment on the socket of the place that its
 * first argument names, and dies or talks when asked.
 */
import { rmSync } from "node:fs"
import { createServer } from "node:http"

const variable = process.env.AUTH_SECRET === undefined ? "STRONGROOM_API_URL" : "STRONGROOM_CONSOLE_URL"
const socket = (process.env[variable] ?? "").replace(/^unix:/, "")

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://part")
  if (pathname === "/print") process.stdout.write(`${searchParams.get("line") ?? ""}\n`)
  response.end(JSON.stringify({ processId: process.pid, environment: process.env }))
})

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined)
process.on("disconnect", () => process.exit())
process.on("message", (message) => {
  if (message === "stop") process.exit()
})
rmSync(socket, { force: true })
server.listen(socket, () => process.send?.("ready"))
