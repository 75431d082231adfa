import { StrongroomError } from "../../sdk/index.ts"
import { command } from "../command.ts"
import { changeConfiguration } from "../configuration.ts"
import { openAsNobody } from "../connection.ts"
import { keepToken } from "../credentials.ts"
import { openPrompter } from "../prompt.ts"

export const setup = command({
  words: [],
  options: {
    name: { type: "string", value: "NAME", about: "your name" },
    email: { type: "string", value: "ADDRESS", about: "your e-mail address" },
    organization: { type: "string", value: "SLUG", about: "the organization, such as acme" },
  },
  about:
    "Makes the first owner of an installation, with the code that its first start printed. Code and password are asked\nfor, or are two lines of standard input. You are signed in for an hour afterwards.",
  run: async (options) => {
    const { api, url } = await openAsNobody(options)
    if ((await api.describeSetup({})).done) {
      throw new StrongroomError("conflict", `${url} has its first owner already. Ask them for an invitation.`)
    }
    using prompter = openPrompter()
    const code = await prompter.ask({ text: "Setup code, as the first start printed it", secret: true })
    const name = options.name ?? (await prompter.ask({ text: "Your name" }))
    const email = options.email ?? (await prompter.ask({ text: "Your e-mail address" }))
    const organization = options.organization ?? (await prompter.ask({ text: "Organization, such as acme" }))
    const password = await prompter.ask({ text: "Password, 12 characters or more", secret: true })
    const made = await api.setUp({ code, name, email, password, organization })
    if (made.token !== undefined) await keepToken(url, made.token)
    await changeConfiguration({ url, scope: made.organization })
    const { token: _, ...json } = made
    return {
      kind: "said",
      text: `You own ${made.organization}. For an hour you are signed in here; in the console, by your password: ${url}`,
      json,
    }
  },
})
