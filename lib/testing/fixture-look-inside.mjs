// Loaded before a process of the product (`node --import`). When it is asked, it says what every object has in there, and
// how long its event loop was held up since it was asked last.
import { monitorEventLoopDelay } from "node:perf_hooks"

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

process.on("message", (message) => {
  if (message !== "look inside") return
  const owners = [Object.prototype, Array.prototype, Function.prototype, String.prototype]
  const everyObjectHas = owners.map((owner) => Reflect.ownKeys(owner).map(String))
  process.send({ everyObjectHas, lagMs: delay.percentile(99) / 1e6 })
  delay.reset()
})
