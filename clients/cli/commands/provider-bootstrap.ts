import { StrongroomError } from "../../sdk/index.ts"
import { backendOptions, readBackend, readLine } from "../backend-options.ts"
import { command } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { exitCodes } from "../exit-codes.ts"
import { note, plain } from "../output.ts"
import { openPrompter } from "../prompt.ts"
import { readConsents, showLine } from "../registering.ts"

export const providerBootstrap = command({
  words: [],
  options: {
    ...backendOptions,
    "admin-token-file": { type: "string", value: "FILE", about: "a file with the admin token; - is standard input" },
    "make-place": { type: "boolean", about: "make the mount itself if it isn't there" },
    "plan-only": { type: "boolean", about: "say what would be made, and make nothing" },
  },
  about:
    "Makes a team's own policy and token at a backend with an admin token, which is used once and kept nowhere, and\nregisters it. What would be made is shown first, with the exact policy.",
  run: async (options) => {
    const backend = readBackend(options)
    const consents = readConsents(options.consent)
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const input = { scope, ...backend, makePlace: options["make-place"] }
    const plan = await connection.api.planBootstrap(input)
    for (const [index, step] of plan.steps.entries()) note(`${index + 1}. ${plain(step)}`)
    note(plan.policy)
    if (options["plan-only"]) return { kind: "said", text: "Nothing was made.", json: plan }
    const adminToken = await readAdminToken(options["admin-token-file"])
    const made = await connection.api.bootstrapProvider({
      ...input,
      adminToken,
      consents,
      makeDefault: options["make-default"],
    })
    if (!options.json) for (const line of made.lines) showLine(line)
    const isRegistered = made.outcome === "registered"
    const text = isRegistered
      ? `${backend.name} is registered.`
      : `${backend.name} isn't registered yet. ${made.problem ?? ""} The same command goes on from there.`
    return { kind: "said", text, json: made, code: isRegistered ? exitCodes.done : exitCodes.failed }
  },
})

async function readAdminToken(file: string | undefined): Promise<string> {
  if (file !== undefined) return readLine(file)
  if (!process.stdin.isTTY) throw new StrongroomError("invalid", "Give the admin token: --admin-token-file FILE.")
  using prompter = openPrompter()
  return await prompter.ask({ text: "Admin token (it isn't shown, and isn't kept)", secret: true })
}
