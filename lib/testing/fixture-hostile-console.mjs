// Loaded before the console's process by a test alone (`node --import`): code of somebody who took it over. It says what
// it finds where it runs: the environment, what the process holds open, and what its user may open.
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs"
import { connect } from "node:net"
import { writeHeapSnapshot } from "node:v8"

const acts = {
  environment: () => ({ ...process.env }),
  heap: ({ file }) => writeHeapSnapshot(file),
  held: () => readdirSync("/proc/self/fd").flatMap(leadsTo),
  open: ({ files }) => Object.fromEntries(files.map((file) => [file, tryToOpen(file)])),
  connect: ({ path }) =>
    new Promise((resolve) => {
      const socket = connect(path, () => {
        socket.destroy()
        resolve("opens")
      })
      socket.on("error", (error) => resolve(error.code))
    }),
}

function leadsTo(fd) {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)]
  } catch {
    return [] // closed meanwhile
  }
}

function tryToOpen(file) {
  try {
    closeSync(openSync(file, "r"))
    return "opens"
  } catch (error) {
    return error.code
  }
}

process.on("message", async (message) => {
  const act = acts[message?.act]
  if (act !== undefined) process.send({ found: await act(message) })
})
